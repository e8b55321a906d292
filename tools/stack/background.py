"""The stack in the background, for development: up, down, status. What runs is written to `.state/stack.json`."""

import asyncio
import fcntl
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from tools.stack import pids
from tools.stack.kafka import Kafka
from tools.stack.kafka_node import live_brokers
from tools.stack.ports import LOOPBACK, free_ports, is_free
from tools.stack.process import Process
from tools.stack.topics import create_topics
from tools.stack.valkey import Valkey, answers_ping

STATE = Path(__file__).resolve().parents[2] / ".state"

# Kafka for clients, Kafka's controller, Valkey: the ports everybody expects them on.
Ports = tuple[int, int, int]
USUAL_PORTS: Ports = (9092, 9093, 6379)


@dataclass(frozen=True)
class Server:
    """One background process."""

    name: str
    address: str
    port: int
    pid: int
    birth: str
    log: str

    @property
    def running(self) -> bool:
        return pids.born(self.pid) == self.birth

    @property
    def answers(self) -> bool:
        return self.running and (answers_ping(self.port) if self.name == "Valkey" else bool(live_brokers(self.port)))


@dataclass(frozen=True)
class Background:
    """What runs in the background, and with which ports (clients, controller, Valkey)."""

    servers: tuple[Server, ...]
    ports: Ports

    @property
    def answers(self) -> bool:
        return bool(self.servers) and all(server.answers for server in self.servers)


def up(partitions: int, state: Path = STATE, usual: Ports = USUAL_PORTS) -> Background:
    """Start what does not run, create the topics, and return. Kafka's data of the last time is used again.

    Raises StackError; a server that could not be started is not left half running.
    """
    with _alone(state):
        found = status(state)
        if found is None or not found.answers:
            _end(found)
            found = _start(found.ports if found else usual, state)
    asyncio.run(create_topics(found.servers[0].address, partitions=partitions))
    return found


def down(state: Path = STATE, *, erase: bool = False) -> bool:
    """Stop what up() started; False when nothing ran. `erase`: and delete its data."""
    with _alone(state):
        found = status(state)
        ran = found is not None and any(server.running for server in found.servers)
        _end(found)
        if erase:
            shutil.rmtree(state / "stack", ignore_errors=True)
            (state / "stack.json").unlink(missing_ok=True)
        return ran


def status(state: Path = STATE) -> Background | None:
    """What up() wrote, whether or not it still runs; None when there was no up()."""
    try:
        written = json.loads((state / "stack.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return Background(tuple(Server(**server) for server in written["servers"]), tuple(written["ports"]))


def _start(wanted: Ports, state: Path) -> Background:
    clients, controller, redis = ports = _free(wanted)
    kafka = Kafka(state / "stack" / "kafka", ports=(clients, controller), leashed=False)
    valkey = Valkey(state / "stack" / "valkey", port=redis, leashed=False)
    try:
        kafka.start()
        valkey.start()
        servers = (
            _server("Kafka", kafka.bootstrap, clients, kafka.nodes[0]),
            _server("Valkey", valkey.url, redis, valkey),
        )
        started = Background(servers, ports)
        (state / "stack.json").write_text(json.dumps(asdict(started), indent=1), encoding="utf-8")
    except BaseException:
        kafka.kill()
        valkey.kill()
        raise
    return started


def _free(wanted: Ports) -> Ports:
    spare = free_ports(3)
    clients, controller, redis = (port if is_free(port) else spare.pop() for port in wanted)
    return clients, controller, redis


def _server(name: str, address: str, port: int, process: Process) -> Server:
    return Server(name, address, port, process.pid, pids.born(process.pid) or "", str(process.log))


def _end(found: Background | None) -> None:
    for server in found.servers if found else ():
        if server.running:
            pids.end(server.pid, server.birth)


@contextmanager
def _alone(state: Path) -> Iterator[None]:
    """Two at once take turns."""
    state.mkdir(parents=True, exist_ok=True)
    with (state / "stack.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def moved(found: Background, usual: Ports = USUAL_PORTS) -> list[str]:
    """A sentence for each server that is not where one expects it."""
    return [
        f"Port {expected} of {LOOPBACK} was taken by somebody else, so {server.name} listens on {server.port}."
        for server, expected in zip(found.servers, (usual[0], usual[2]), strict=True)
        if server.port != expected
    ]
