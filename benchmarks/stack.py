"""A stack of our own while a context lasts: Kafka and Valkey for real, our processes as people run them."""

import asyncio
import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

import httpx

from tools.stack import LOOPBACK, Kafka, Process, Valkey, create_topics, free_ports, pids

ROOT: Final = Path(__file__).resolve().parents[1]
STATE: Final = ROOT / ".state" / "bench"
PARTITIONS: Final = 4
READY_WITHIN_S: Final = 60.0
CAUGHT_UP_WITHIN_S: Final = 300.0
_PREFIX: Final = "ASHIATO_"


class NotReady(Exception):
    """A process runs but did not do in time what was waited for."""


class Stack:
    """folder: data and logs of this run. `environment`: what our processes and the drivers need to find everything."""

    def __init__(self, folder: Path, within: ExitStack) -> None:
        self.folder = folder
        self.kafka = within.enter_context(Kafka(folder / "kafka", heap_mb=1024, quick_start=False))
        self.valkey = within.enter_context(Valkey(folder / "valkey"))
        self._within = within
        ports = dict(zip(("routing", "journey", "followup"), free_ports(3), strict=True))
        self.urls = {service: f"http://{LOOPBACK}:{port}" for service, port in ports.items()}
        self.ports = ports
        own = {name: value for name, value in os.environ.items() if not name.startswith(_PREFIX)}
        self.environment: Mapping[str, str] = {
            **own,
            f"{_PREFIX}KAFKA": self.kafka.bootstrap,
            f"{_PREFIX}REDIS": self.valkey.url,
            f"{_PREFIX}PARTITIONS": str(PARTITIONS),
            **{f"{_PREFIX}{service.upper()}_PORT": str(port) for service, port in ports.items()},
        }

    @property
    def kafka_pid(self) -> int:
        return self.kafka.nodes[0].pid

    @contextmanager
    def process(self, module: str, *arguments: str, more: Mapping[str, str] | None = None) -> Iterator[Process]:
        """`python -m module`, stopped at the end of the context."""
        with self.command(module, [sys.executable, "-m", module, *arguments], more) as process:
            yield process

    @contextmanager
    def command(
        self, name: str, command: Sequence[str | Path], more: Mapping[str, str] | None = None
    ) -> Iterator[Process]:
        """Any program, stopped at the end of the context. `more`: environment beside what all of ours need."""
        process = Process(
            name,
            command,
            log=self.folder / f"{name}.log",
            environment={**self.environment, **(more or {})},
            folder=ROOT,
        )
        process.start()
        try:
            yield process
        finally:
            process.stop()

    @contextmanager
    def services(self, *modules: str) -> Iterator[list[Process]]:
        """Several of ours at once, e.g. "journey.worker", until everything that has an address is ready."""
        with ExitStack() as running:
            processes = [running.enter_context(self.process(f"services.{module}")) for module in modules]
            for module in modules:
                self._await_ready(module, processes)
            yield processes

    def await_caught_up(self, ends: Mapping[int, int], *services: str) -> None:
        """Until these services' APIs say that everything before these offsets is saved. Raises NotReady."""

        def caught_up(service: str) -> bool:
            answer = asked(f"{self.urls[service]}/partitions")
            return answer is not None and all((one["next"] or 0) >= ends[one["partition"]] for one in answer["items"])

        wait_until(lambda: all(map(caught_up, services)), CAUGHT_UP_WITHIN_S, f"{', '.join(services)} to catch up")

    def _await_ready(self, module: str, processes: list[Process]) -> None:
        service, kind = module.split(".")
        path = "/health/ready" if kind == "api" else "/partitions"
        if kind == "worker" and all(process.name != f"services.{service}.api" for process in processes):
            return

        def ready() -> bool:
            answer = asked(self.urls[service] + path)
            return answer is not None and all(one["state"] == "running" for one in answer.get("items", []))

        wait_until(ready, READY_WITHIN_S, f"{module} to be ready", processes)


@contextmanager
def private_stack(name: str) -> Iterator[Stack]:
    """Everything is gone afterwards, data and logs too; after an error the folder stays until the next run."""
    _sweep()
    folder = STATE / f"{name}-{os.getpid()}"
    with ExitStack() as within:
        stack = Stack(folder, within)
        asyncio.run(create_topics(stack.kafka.bootstrap, partitions=PARTITIONS))
        yield stack
    shutil.rmtree(folder, ignore_errors=True)


def _sweep() -> None:
    """Delete what earlier runs left, of those that no longer run."""
    for left in STATE.glob("*"):
        pid = int(left.name.rpartition("-")[2])
        if pid == os.getpid() or pids.born(pid) is None:
            shutil.rmtree(left, ignore_errors=True)


def wait_until(
    done: Callable[[], bool], within: float, what: str, processes: list[Process] | None = None, every: float = 0.05
) -> None:
    """Block until `done()`. Raises NotReady after `within` seconds, or when a process has ended."""
    deadline = time.monotonic() + within
    while not done():
        for process in processes or []:
            if not process.running:
                raise NotReady(f"{process.name} ended with {process.exit_code}:\n{process.output()[-2_000:]}")
        if time.monotonic() > deadline:
            tails = "\n".join(process.output()[-1_000:] for process in processes or [])
            raise NotReady(f"waited {within:g} s for {what}\n{tails}")
        time.sleep(every)


def asked(url: str) -> dict[str, Any] | None:
    """The JSON that a GET answers; None when it does not, or not with success."""
    try:
        answer = httpx.get(url, timeout=2.0, trust_env=False)
    except httpx.HTTPError:
        return None
    found: dict[str, Any] | None = answer.json() if answer.is_success else None
    return found


def driven(stack: Stack, driver: str, *arguments: str, more: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Run a driver to its end; what it prints last. Raises NotReady when it fails."""
    with stack.process(f"benchmarks.drivers.{driver}", *arguments, more=more) as process:
        while process.running:
            time.sleep(0.05)
        lines = process.output().strip().splitlines()
        if process.exit_code or not lines:
            raise NotReady(f"{driver} ended with {process.exit_code}:\n{process.output()[-2_000:]}")
    found: dict[str, Any] = json.loads(lines[-1])
    return found
