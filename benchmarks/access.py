"""What it costs to know who asks and to keep a record: look-ups with and without, in turns on the same store."""

from typing import Final

from benchmarks.bench import Bench
from benchmarks.events import DESKS, history, past
from benchmarks.figures import Figure, Outcome, percentile
from benchmarks.loading import load
from benchmarks.processor import cpu_of
from benchmarks.progress import follow
from benchmarks.stack import PARTITIONS, READY_WITHIN_S, Stack, asked, driven, private_stack, wait_until
from tools.demo.issuer import Issuer
from tools.stack import LOOPBACK, Process, free_ports

CUSTOMERS: Final = 200
ENTRIES: Final = 20
CONNECTIONS: Final = (1, 16)
# Nobody is to be stopped for asking too often.
_UNBOUNDED: Final = {"ASHIATO_ACCESS_RATE": "1000000", "ASHIATO_ACCESS_CUSTOMERS_PER_HOUR": "1000000"}

_Samples = dict[tuple[str, str], list[float]]  # by unit and name


class Door:
    """One way to ask. token: what the driver brings, "" for an API that asks nobody."""

    def __init__(self, name: str, url: str, api: Process, token: str = "") -> None:
        self.name = name
        self.url = url
        self.api = api
        self.token = token


def run(bench: Bench) -> Outcome:
    samples: _Samples = {}
    seconds = 2.0 if bench.quick else 5.0
    with private_stack("access") as stack, Issuer() as issuer:
        port, *_ = free_ports(1)
        access = {**issuer.settings(), **_UNBOUNDED, "ASHIATO_JOURNEY_PORT": str(port)}
        with (
            stack.services("journey.worker", "journey.api") as (worker, api),
            stack.process("services.journey.api", more=access) as guarded,
        ):
            _load(bench, stack, worker)
            url = f"http://{LOOPBACK}:{port}"
            wait_until(lambda: asked(f"{url}/health/ready") is not None, READY_WITHIN_S, "the guarded api", [guarded])
            doors = [
                Door("open", stack.urls["journey"], api),
                Door("supervisor, recorded", url, guarded, issuer.supervisor()),
                Door("agent, event by event, recorded", url, guarded, issuer.agent(*DESKS)),
            ]
            for number in range(bench.repetitions + 1):
                for connections in CONNECTIONS:
                    for door in doors:
                        _ask(bench, stack, door, connections, seconds, samples if number else {})
    return _outcome(samples, seconds)


def _load(bench: Bench, stack: Stack, worker: Process) -> None:
    sent = list(past(history(CUSTOMERS, CUSTOMERS * ENTRIES, seed=1, prefix="A-")))
    bench.say(f"loading {len(sent):,} events")
    follow(stack, worker, "journey", load(stack, sent))


def _ask(bench: Bench, stack: Stack, door: Door, connections: int, seconds: float, samples: _Samples) -> None:
    customers = [f"A-{number:07d}" for number in range(CUSTOMERS)]
    before = cpu_of(door.api.pid)
    found = driven(
        stack, "asking", door.url, f"{connections}", f"{seconds}", *customers, more={"ASHIATO_TOKEN": door.token}
    )
    cpu = (cpu_of(door.api.pid) - before) / found["asked"] * 1e6
    p50 = percentile(found["took_ms"], 0.5)
    bench.say(f"{door.name}, {connections} at once: {found['per_second']:,.0f}/s, p50 {p50:.2f} ms")
    for unit, value in (("look-ups/s", found["per_second"]), ("ms", p50), ("µs/look-up", cpu)):
        samples.setdefault((unit, f"{_WHAT[unit]}, {connections} at once: {door.name}"), []).append(value)


_WHAT: Final = {"look-ups/s": "look-ups", "ms": "p50", "µs/look-up": "CPU of the api"}


def _outcome(samples: _Samples, seconds: float) -> Outcome:
    figures = [
        Figure(name, unit, values, f"{name.partition(': ')[0]}: open") for (unit, name), values in samples.items()
    ]
    return Outcome(
        name="access",
        title="Look-ups by somebody known, and on the record, beside open ones",
        settings={"customers": CUSTOMERS, "entries": ENTRIES, "seconds": seconds, "partitions": PARTITIONS},
        figures=figures,
        notes=[
            "Known: by an ES256 token, verified once. Recorded: an append to journey.lookups.v1 is acknowledged before "
            "the answer, by one broker. Event by event: each is looked at to tell whose words it holds. One caller "
            "asks, so all records go to one partition."
        ],
    )
