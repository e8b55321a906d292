"""A Kubernetes API server for a while: etcd and kube-apiserver on loopback, with nothing behind them.

No controllers and no kubelets run, so objects are judged and stored, and no pod starts.
"""

import json
import secrets
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from subprocess import CompletedProcess
from typing import Final

from tools.kubernetes import toolbox
from tools.kubernetes.case import Manifest
from tools.kubernetes.errors import NotRun, ToolFailed
from tools.stack.errors import StackError
from tools.stack.ports import LOOPBACK, free_ports
from tools.stack.process import Process

_UP_WITHIN_S: Final = 90.0
# Of no network that anybody has; the server insists on an address that is not loopback to tell others.
_ADVERTISED: Final = "192.0.2.1"


class Cluster:
    """kubectl against it, as somebody who may do everything."""

    def __init__(self, port: int, token: str, folder: Path) -> None:
        self._kubectl = toolbox.wheel("kubectl")
        server = f"--server=https://{LOOPBACK}:{port}"
        # The certificate is its own, made a moment ago, and all of it stays on loopback.
        self._access = [server, f"--token={token}", "--insecure-skip-tls-verify", f"--cache-dir={folder / 'cache'}"]

    def kubectl(self, *arguments: str, given: str | None = None) -> "CompletedProcess[str]":
        command: list[str | Path] = [self._kubectl, *self._access, *arguments]
        return toolbox.run(command, within=120, given=given, environment={"KUBECONFIG": "/dev/null"})

    def answers(self) -> bool:
        return self.kubectl("get", "--raw", "/readyz", "--request-timeout=2s").stdout == "ok"

    def apply(self, manifests: Sequence[Manifest], *options: str) -> "CompletedProcess[str]":
        listed = json.dumps({"apiVersion": "v1", "kind": "List", "items": list(manifests)})
        return self.kubectl("apply", "--filename=-", *options, given=listed)

    def define(self, definitions: Sequence[Path]) -> None:
        """Custom resources, until they can be used. Raises ToolFailed."""
        files = [f"--filename={path}" for path in definitions]
        # Server-side: some definitions are larger than the annotation that a plain apply would keep them in.
        for done in (
            self.kubectl("apply", "--server-side", *files),
            self.kubectl("wait", "--for=condition=Established", "--timeout=60s", *files),
        ):
            if done.returncode:
                raise ToolFailed(f"definitions of custom resources: {done.stderr.strip()[-300:]}")


@contextmanager
def a_cluster() -> Iterator[Cluster]:
    """Raises NotRun, ToolFailed."""
    etcd, server = toolbox.debian("etcd-server", "etcd"), toolbox.kube_apiserver()
    with tempfile.TemporaryDirectory(prefix="ashiato-k8s-") as name:
        folder, token = Path(name), secrets.token_hex(16)
        clients, peers, secure = free_ports(3)
        _prepare(folder, token)
        processes = [
            Process("etcd", _etcd(etcd, folder, clients, peers), log=folder / "etcd.log", folder=folder),
            Process(
                "kube-apiserver", _server(server, folder, clients, secure), log=folder / "server.log", folder=folder
            ),
        ]
        cluster = Cluster(secure, token, folder)
        try:
            for process in processes:
                process.start()
            processes[-1].wait_until(cluster.answers, _UP_WITHIN_S)
            yield cluster
        except StackError as error:
            raise ToolFailed(str(error)) from error
        finally:
            for process in reversed(processes):
                process.kill()


def _prepare(folder: Path, token: str) -> None:
    openssl = shutil.which("openssl")
    if openssl is None:
        raise NotRun("kube-apiserver needs a key to sign with: install openssl")
    toolbox.run([openssl, "genrsa", "-out", folder / "accounts.key", "2048"])
    tokens = folder / "tokens.csv"
    tokens.touch(mode=0o600)
    tokens.write_text(f'{token},checker,checker,"system:masters"\n', "utf-8")


def _etcd(program: Path, folder: Path, clients: int, peers: int) -> list[str | Path]:
    us, them = f"http://{LOOPBACK}:{clients}", f"http://{LOOPBACK}:{peers}"
    return [
        program,
        *("--name", "one", "--data-dir", folder / "etcd"),
        *("--listen-client-urls", us, "--advertise-client-urls", us),
        *("--listen-peer-urls", them, "--initial-advertise-peer-urls", them, "--initial-cluster", f"one={them}"),
        "--unsafe-no-fsync",
    ]


def _server(program: Path, folder: Path, etcd_port: int, port: int) -> list[str | Path]:
    return [
        program,
        f"--etcd-servers=http://{LOOPBACK}:{etcd_port}",
        f"--bind-address={LOOPBACK}",
        f"--secure-port={port}",
        f"--advertise-address={_ADVERTISED}",
        "--endpoint-reconciler-type=none",
        f"--cert-dir={folder / 'certificates'}",
        f"--token-auth-file={folder / 'tokens.csv'}",
        "--authorization-mode=RBAC",
        "--service-cluster-ip-range=10.0.0.0/24",
        "--service-account-issuer=https://ashiato.invalid",
        f"--service-account-key-file={folder / 'accounts.key'}",
        f"--service-account-signing-key-file={folder / 'accounts.key'}",
    ]
