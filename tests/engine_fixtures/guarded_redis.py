"""A store as a company runs it: TLS, and users who may do what tools/kubernetes/redis_access.py says.

The wheel of Valkey that everything else here runs on is built without TLS, so this is Debian's Redis (7.0 in
bookworm), out of its packages, unpacked and not installed.
"""

import hashlib
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import quote

from redis import Redis
from redis.exceptions import ConnectionError

from tests.engine_fixtures.certificates import Certificates
from tools.cli.doctor import rights
from tools.kubernetes import toolbox
from tools.kubernetes.errors import NotRun
from tools.kubernetes.redis_access import STORES
from tools.stack.ports import LOOPBACK, free_ports
from tools.stack.process import Process

_LIBRARIES: Final = ("liblzf1", "libjemalloc2")
_ANSWERS_WITHIN_S: Final = 30.0


class GuardedRedis(Process):
    """passwords: by user of redis_access. One server, or with `cluster` a cluster of one that holds all slots.

    Raises NotRun where there is no server with TLS.
    """

    def __init__(
        self, folder: Path, certificates: Certificates, passwords: Mapping[str, str], *, cluster: bool = False
    ) -> None:
        [self.port] = free_ports(1)
        self._certificates = certificates
        self._passwords = dict(passwords)
        self._cluster = cluster
        self._folder_of_it = folder
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "users.acl").write_text("\n".join(self._users()) + "\n", encoding="utf-8")
        settings = {
            "bind": LOOPBACK,
            "port": "0",
            "tls-port": str(self.port),
            "tls-cert-file": str(certificates.chain),
            "tls-key-file": str(certificates.key),
            "tls-ca-cert-file": str(certificates.authority),
            "tls-auth-clients": "no",
            "tls-cluster": "yes",
            "aclfile": str(folder / "users.acl"),
            "dir": str(folder),
            "save": "",
            "maxmemory-policy": "noeviction",
            "cluster-enabled": "yes" if cluster else "no",
        }
        options = [part for name, value in settings.items() for part in (f"--{name}", value)]
        program, environment = _server(folder)
        super().__init__(
            f"Redis with TLS (port {self.port})",
            [program, *options],
            log=folder / "redis.log",
            environment=environment,
            folder=folder,
        )

    def url(self, user: str, password: str | None = None) -> str:
        """password: its own unless another is given."""
        return f"rediss://{user}:{quote(password or self._passwords[user], safe='')}@{LOOPBACK}:{self.port}/0"

    def start(self) -> None:
        super().start()
        self.wait_until(self._answers, _ANSWERS_WITHIN_S)

    def denials(self) -> list[str]:
        """What was denied to whom, and logins that failed, the newest first."""
        with self._admin() as admin:
            return [f"{one['username']}: {one['reason']} {one['object']}" for one in admin.acl_log()]

    def forget_denials(self) -> None:
        with self._admin() as admin:
            admin.acl_log_reset()

    def empty(self) -> None:
        with self._admin() as admin:
            admin.flushall()
            admin.function_flush("SYNC")

    def _admin(self) -> Redis:
        return Redis.from_url(self.url("admin", "admin"), ssl_ca_certs=str(self._certificates.authority), protocol=2)

    def _answers(self) -> bool:
        try:
            with self._admin() as admin:
                if not self._cluster:
                    return bool(admin.ping())
                if not admin.execute_command("CLUSTER SLOTS"):
                    admin.execute_command("CLUSTER", "ADDSLOTSRANGE", 0, 16383)
                return bool(admin.execute_command("CLUSTER INFO")["cluster_state"] == "ok")
        except ConnectionError:
            return False

    def _users(self) -> list[str]:
        """Passwords as their digests: nobody learns them from the file."""
        others = [f"{one.rule} #{_digest(self._passwords[one.user])}" for one in STORES if one.user in self._passwords]
        if rights.USER in self._passwords:
            others.append(f"{rights.REDIS} #{_digest(self._passwords[rights.USER])}")
        return ["user default off", f"user admin on ~* &* +@all #{_digest('admin')}", *others]


def _digest(password: str) -> str:
    return hashlib.sha256(password.encode()).hexdigest()


def _server(folder: Path) -> tuple[Path, dict[str, str]]:
    """The program, and the environment that it needs. Raises NotRun."""
    unpacked = toolbox.unpacked("redis-tools")
    # It looks at the name that it was started by: under its own in this package it checks dumps.
    program = folder / "redis-server"
    program.unlink(missing_ok=True)
    program.symlink_to(unpacked / "usr" / "bin" / "redis-check-rdb")
    found = [str(next((toolbox.unpacked(one) / "usr" / "lib").iterdir())) for one in _LIBRARIES]
    environment = {"LD_LIBRARY_PATH": ":".join(found)}
    asked = subprocess.run([program, "--version"], capture_output=True, env=environment, check=False, timeout=10)  # noqa: S603
    if asked.returncode:
        raise NotRun(f"Debian's Redis does not start here: {asked.stderr.decode().strip()}")
    return program, environment
