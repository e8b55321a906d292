"""The whole product on this machine: Kafka, Valkey and the five processes, each to be killed and started by name.

ProcessEnded        one that was started has ended by itself
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple, get_args

import httpx
from redis.asyncio import Redis

from shared.event_log.kafka import KafkaLog
from shared.event_log.log import Record
from shared.event_log.topics import CONTACT_EVENTS, FLAGS
from tests.e2e.release import PRESENT, Release
from tests.waiting import eventually
from tools.stack import LOOPBACK, Kafka, Process, Valkey, create_topics, free_ports

Json = dict[str, Any]
Name = Literal["routing api", "journey worker", "journey api", "followup worker", "followup api"]
Service = Literal["routing", "journey", "followup"]

NAMES: Final[tuple[Name, ...]] = get_args(Name)
_METRICS_PORT: Final[dict[Name, str]] = {
    name: name.upper().replace(" API", "_METRICS_PORT").replace(" WORKER", "_HEALTH_PORT") for name in NAMES
}
WITH_WORKER: Final[tuple[Service, ...]] = ("journey", "followup")
PARTITIONS: Final = 4
ASHIATO: Final = Path(sys.executable).with_name("ashiato")
BATCH: Final = "application/cloudevents-batch+json"


class ProcessEnded(Exception):
    """With what it said last."""


class Said(NamedTuple):
    """What a command of `ashiato` said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        assert self.code == 0, self.err
        return json.loads(self.out)


class System:
    """Made by `a_system`. Bound to the event loop it was made in. `ledger`: (customer, id) of every event that the
    front door acknowledged to `publish`. `store`: another Redis than Valkey. `settings`: of our processes. `beside`:
    whose servers it uses, instead of its own."""

    def __init__(
        self,
        folder: Path,
        partitions: int,
        *,
        brokers: int = 1,
        store: Path | None = None,
        settings: Mapping[str, str] | None = None,
        release: Release = PRESENT,
        beside: "System | None" = None,
    ) -> None:
        self.folder = folder
        self.partitions = partitions
        self.release = release
        self.kafka: Kafka = beside.kafka if beside else Kafka(folder / "kafka", brokers=brokers)
        self.valkey: Valkey = beside.valkey if beside else Valkey(folder / "valkey", binary=store)
        self.ledger: set[tuple[str, str]] = set()
        ports = free_ports(3 + len(NAMES))
        self._ports = dict(zip(("routing", "journey", "followup"), ports[:3], strict=True))
        self._metrics_ports = dict(zip(NAMES, ports[3:], strict=True))
        self.environment = {**self._environment(), **(settings or {})}
        self.processes: dict[Name, Process] = {name: self._process(name) for name in NAMES}
        self.log = KafkaLog(self.kafka.bootstrap)
        self.clients = {
            service: httpx.AsyncClient(base_url=f"http://{LOOPBACK}:{port}", timeout=30, trust_env=False)
            for service, port in self._ports.items()
        }

    async def start(self, *names: Name) -> None:
        """All of them when none is named. Returns at once: `serving` or `caught_up` tell when they work."""
        for name in names or NAMES:
            await asyncio.to_thread(self.processes[name].start)

    async def kill(self, *names: Name) -> None:
        """SIGKILL."""
        for name in names:
            await asyncio.to_thread(self.processes[name].kill)

    async def stop(self, *names: Name) -> None:
        """SIGTERM, and the exit code that a process gives when all is in order."""
        codes = {name: await asyncio.to_thread(self.processes[name].stop, 20.0) for name in names}
        assert set(codes.values()) == {0}, codes

    async def get(self, service: Service, path: str, **parameters: object) -> httpx.Response:
        """Raises httpx.TransportError while the API is away."""
        return await self.clients[service].get(path, params={name: str(one) for name, one in parameters.items()})

    async def positions(self, service: Service) -> list[Json]:
        """GET /partitions; an AssertionError or httpx.TransportError while there is no answer."""
        answer = await self.get(service, "/partitions")
        assert answer.is_success, answer.text
        return list(answer.json()["items"])

    async def stored(self, service: Service) -> int:
        """How many records the service's positions cover."""
        try:
            return sum(one["next"] or 0 for one in await self.positions(service))
        except (httpx.TransportError, AssertionError):
            return 0

    async def lose_redis(self) -> None:
        """FLUSHALL."""
        async with Redis.from_url(self.valkey.url) as client:
            await client.flushall()

    async def serving(self, within: float = 60.0) -> None:
        """Until every API is ready and every partition has a worker that reads it. Raises ProcessEnded."""

        async def is_serving() -> bool:
            self._none_has_ended()
            for service in self._ports:
                assert (await self.answer(service, "/health/ready")).is_success, service
            for service in WITH_WORKER:
                states = [one["state"] for one in (await self.answer(service, "/partitions")).json()["items"]]
                assert states == ["running"] * self.partitions, (service, states)
            return True

        await eventually(is_serving, within, every=0.1)

    async def caught_up(self, within: float = 120.0, services: Sequence[Service] = WITH_WORKER) -> float:
        """Until these have stored all that is on the log, and say so; the seconds that it took."""
        began = time.monotonic()

        async def at_the_end() -> bool:
            ends = await self.log.end_offsets(CONTACT_EVENTS.name)
            for service in services:
                items = (await self.answer(service, "/partitions")).json()["items"]
                said = {one["partition"]: (one["next"], one["behind"], one["state"]) for one in items}
                assert said == {partition: (end, 0, "running") for partition, end in ends.items()}, (service, ends)
            return True

        await eventually(at_the_end, within, every=0.1)
        return time.monotonic() - began

    async def publish(self, *events: Json) -> None:
        """Through the front door; what it acknowledges goes into the ledger, and it must acknowledge all."""
        answer = await self.clients["routing"].post(
            "/events", content=json.dumps(events).encode(), headers={"content-type": BATCH}
        )
        assert answer.status_code == 202, answer.text
        self.ledger |= {(event["subject"], event["id"]) for event in events}

    async def ashiato(self, *arguments: str) -> Said:
        """The command line as a process of its own."""
        running = await asyncio.create_subprocess_exec(
            ASHIATO,
            *arguments,
            env=self.environment,
            cwd=self.folder,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            out, err = await running.communicate()
        finally:
            if running.returncode is None:
                running.kill()
        return Said(running.returncode or 0, out.decode(), err.decode())

    async def measures(self, name: Name) -> str:
        """What Prometheus would read of a process."""
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.get(f"http://{LOOPBACK}:{self._metrics_ports[name]}/metrics")
        assert answer.is_success, answer.text
        return answer.text

    async def report_handoffs(self) -> Json:
        return dict((await self.ashiato("report", "handoffs", "--json", "--wait", "60")).json)

    async def report_promises(self, as_of: str) -> Json:
        return dict((await self.ashiato("report", "promises", "--as-of", as_of, "--json", "--wait", "60")).json)

    async def digest(self, as_of: str) -> dict[str, str]:
        """Hex digest by customer; that over all under ""."""
        said = await self.ashiato("digest", "--as-of", as_of, "--wait", "60")
        assert said.code == 0, said.err
        *lines, overall = [line.split("  ", 1) for line in said.out.splitlines()]
        return {customer: digest for digest, customer in lines} | {"": overall[0]}

    async def records(self, topic: str, starts: Mapping[int, int] | None = None) -> list[Record]:
        """The whole topic, or all from an offset of each partition on, partition by partition."""
        ends = await self.log.end_offsets(topic)
        starts = starts or dict.fromkeys(ends, 0)
        batches = [self.log.read(topic, partition, starts[partition], end) for partition, end in sorted(ends.items())]
        return [record for each in batches async for batch in each for record in batch]

    async def on_the_log(self) -> int:
        """How many records contact.events.v1 holds."""
        return sum((await self.log.end_offsets(CONTACT_EVENTS.name)).values())

    async def events(self) -> list[Json]:
        """contact.events.v1 as JSON."""
        return [event for event, _ in read(await self.records(CONTACT_EVENTS.name))]

    async def flag_events(self) -> list[Json]:
        """journey.flags.v1 as JSON."""
        return [flag for flag, _ in read(await self.records(FLAGS.name))]

    async def close(self) -> None:
        for client in self.clients.values():
            await client.aclose()
        await self.log.stop()
        await asyncio.to_thread(self._end_processes)

    def _end_processes(self) -> None:
        for process in (*self.processes.values(), self.valkey):
            process.kill()
        self.kafka.kill()

    async def answer(self, service: str, path: str) -> httpx.Response:
        """An AssertionError ("not yet") while there is none."""
        try:
            answer = await self.clients[service].get(path)
        except httpx.TransportError as error:
            raise AssertionError(f"{service}: {error!r}") from error
        assert answer.is_success, (service, answer.text)
        return answer

    def _none_has_ended(self) -> None:
        for name, process in self.processes.items():
            if not process.running:
                told = "\n".join(process.output().splitlines()[-10:])
                raise ProcessEnded(f"{name} ended with exit code {process.exit_code}:\n{told}")

    def _environment(self) -> dict[str, str]:
        """Nothing of whoever runs the tests."""
        rest = {name: value for name, value in os.environ.items() if not name.startswith("ASHIATO_")}
        ports = {f"ASHIATO_{service.upper()}_PORT": f"{port}" for service, port in self._ports.items()}
        ports |= {f"ASHIATO_{_METRICS_PORT[name]}": f"{port}" for name, port in self._metrics_ports.items()}
        servers = {"ASHIATO_KAFKA": self.kafka.bootstrap, "ASHIATO_REDIS": self.valkey.url}
        return {**rest, **servers, **ports, "ASHIATO_PARTITIONS": f"{self.partitions}"}

    def another(self, name: Name, module: str = "", settings: Mapping[str, str] | None = None) -> Process:
        """Like `name`, not started, without a port of its own; `module`: instead of the service's own."""
        without_ports = {f"ASHIATO_{port}": "0" for port in _METRICS_PORT.values()}
        return self._process(name, module, {**without_ports, **(settings or {})})

    def _process(self, name: Name, module: str = "", settings: Mapping[str, str] | None = None) -> Process:
        command = [self.release.python, "-m", module or f"services.{name.replace(' ', '.')}"]
        log, environment = self.folder / f"{name.replace(' ', '-')}.log", {**self.environment, **(settings or {})}
        return Process(name, command, log=log, environment=environment, folder=self.release.root)


def read(records: Iterable[Record]) -> list[tuple[Json, Record]]:
    """Those that are JSON objects: tests put other things on the log as well."""
    found = ((_object(record.value or b""), record) for record in records)
    return [(event, record) for event, record in found if event is not None]


def _object(value: bytes) -> Json | None:
    try:
        found = json.loads(value)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


@asynccontextmanager
async def a_system(
    folder: Path, partitions: int = PARTITIONS, settings: Mapping[str, str] | None = None
) -> AsyncIterator[System]:
    """Everything up and serving, below `folder`. settings: of all processes, by their names in the environment."""
    async with running(System(folder, partitions, settings=settings)) as system:
        yield system


@asynccontextmanager
async def running(system: System) -> AsyncIterator[System]:
    """Up and serving until the context ends."""
    async with AsyncExitStack() as held:
        held.push_async_callback(system.close)
        # Kafka's start is a child process and a wait: both servers at once.
        await asyncio.gather(asyncio.to_thread(system.kafka.start), asyncio.to_thread(system.valkey.start))
        await create_topics(system.kafka.bootstrap, partitions=system.partitions)
        await system.log.start()
        await system.start()
        await system.serving()
        yield system
