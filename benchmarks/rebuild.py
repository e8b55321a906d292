"""Redis was lost: how long until everything is there again, and how much memory that takes."""

from contextlib import ExitStack
from typing import Any, Final, cast

from redis import Redis

from benchmarks.bench import Bench
from benchmarks.events import history, past
from benchmarks.figures import Figure, Outcome
from benchmarks.loading import as_on_the_first_day, ends, load
from benchmarks.processor import resident_mb
from benchmarks.progress import Passage, follow
from benchmarks.stack import PARTITIONS, NotReady, Stack, private_stack
from benchmarks.workers import WORKER
from shared.event_log.topics import FLAGS

EACH: Final = 20
# Of 200,000 events at first hand: a million, of 50,000 customers. A million customers: --events 4000000.
_TIMES: Final = 5
# So many customers are made and mixed at a time: what is yet to be sent must fit into memory.
_BLOCK: Final = 50_000
_WITHIN_S: Final = 3_600.0
# Filling is not what is measured: as many workers as bring it behind us soonest.
_FILLING: Final = 2


def run(bench: Bench) -> Outcome:
    """Once: a million events take minutes, and what varies is measured elsewhere."""
    customers = _TIMES * bench.events // EACH
    with private_stack("rebuild") as stack:
        until = _loaded(bench, stack, customers)
        as_on_the_first_day(stack)
        filled = _passage(bench, stack, until, "filled", _FILLING)
        said = sum(ends(stack, FLAGS.name).values())
        with Redis.from_url(stack.valkey.url) as redis:
            redis.flushall()
        rebuilt = _passage(bench, stack, until, "rebuilt", 1)
        again = sum(ends(stack, FLAGS.name).values()) - said
    if again:
        raise NotReady(f"a rebuild announced {again} flags")
    return Outcome(
        name="rebuild",
        title="Rebuild of everything",
        settings={
            "customers": customers,
            "events": customers * EACH,
            "partitions": PARTITIONS,
            "flags_announced": said,
        },
        figures=[
            *_figures(f"filled at first by {_FILLING} workers, flags announced", filled),
            *_figures("rebuilt by one worker, in silence", rebuilt),
        ],
        notes=[
            "From the first position saved to the last: without the seconds that a worker takes to start and to join. "
            "Filling begins with one worker, the other joins a moment later. Memory of the worker: of the larger one. "
            "The rebuild announced nothing.",
        ],
    )


def _loaded(bench: Bench, stack: Stack, customers: int) -> dict[int, int]:
    """The end offset of each partition."""
    until: dict[int, int] = {}
    for first in range(0, customers, _BLOCK):
        count = min(_BLOCK, customers - first)
        bench.say(f"loading {count * EACH:,} events, of customers {first:,} to {first + count:,} of {customers:,}")
        number = first // _BLOCK
        until = load(stack, past(history(count, count * EACH, seed=1 + number, prefix=f"C{number}-")))
    return until


def _passage(bench: Bench, stack: Stack, until: dict[int, int], what: str, count: int) -> Passage:
    with ExitStack() as running:
        names = [f"{what}-by-{number}" for number in range(count)]
        workers = [running.enter_context(stack.command(name, WORKER)) for name in names]
        meters = {
            "worker": lambda: max(resident_mb(worker.pid) for worker in workers),
            "redis": lambda: _used_mb(stack, "used_memory"),
            "resident": lambda: _used_mb(stack, "used_memory_rss"),
        }
        passage = follow(stack, workers[0], "journey", until, meters=meters, within=_WITHIN_S)
        if not all(worker.running for worker in workers):
            raise NotReady(f"{what}: not every worker lived to see the end")
    bench.say(f"{what} in {passage.ended - passage.begun:.1f} s ({passage.rate:,.0f} events/s)")
    return passage


def _figures(what: str, passage: Passage) -> list[Figure]:
    return [
        Figure(what, "s", [passage.ended - passage.begun]),
        Figure("  events", "events/s", [passage.rate]),
        Figure("  memory of the worker", "MiB", [passage.after["worker"]]),
        Figure("  memory of Redis (used)", "MiB", [passage.after["redis"]]),
        Figure("  memory of Redis (resident)", "MiB", [passage.after["resident"]]),
    ]


def _used_mb(stack: Stack, field: str) -> float:
    with Redis.from_url(stack.valkey.url) as redis:
        return float(cast(dict[str, Any], redis.info("memory"))[field]) / 2**20
