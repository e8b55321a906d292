"""Redis was lost: how long until everything is there again, and how much memory that takes."""

from typing import Any, Final, cast

from redis import Redis

from benchmarks.bench import Bench
from benchmarks.events import history, past
from benchmarks.figures import Figure, Outcome
from benchmarks.loading import as_on_the_first_day, ends, load
from benchmarks.processor import resident_mb
from benchmarks.progress import Passage, follow
from benchmarks.stack import PARTITIONS, NotReady, Stack, private_stack
from shared.event_log.topics import FLAGS

EACH: Final = 20
# Of 200,000 events at first hand: a million, of 50,000 customers. A million customers: --events 4000000.
_TIMES: Final = 5
# So many customers are made and mixed at a time: what is yet to be sent must fit into memory.
_BLOCK: Final = 50_000
_WITHIN_S: Final = 3_600.0


def run(bench: Bench) -> Outcome:
    """Once: a million events take minutes, and what varies is measured elsewhere."""
    customers = _TIMES * bench.events // EACH
    with private_stack("rebuild") as stack:
        until = _loaded(bench, stack, customers)
        as_on_the_first_day(stack)
        filled = _passage(bench, stack, until, "filled")
        said = sum(ends(stack, FLAGS.name).values())
        with Redis.from_url(stack.valkey.url) as redis:
            redis.flushall()
        rebuilt = _passage(bench, stack, until, "rebuilt")
        again = sum(ends(stack, FLAGS.name).values()) - said
    if again:
        raise NotReady(f"{again} flags were announced again by a rebuild")
    return Outcome(
        name="rebuild",
        title="Rebuild of everything",
        settings={"customers": customers, "events": customers * EACH, "partitions": PARTITIONS, "flags": said},
        figures=[*_figures("filled at first, flags announced", filled), *_figures("rebuilt, in silence", rebuilt)],
        notes=["One worker. After the rebuild no flag had been announced a second time."],
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


def _passage(bench: Bench, stack: Stack, until: dict[int, int], what: str) -> Passage:
    with stack.process("services.journey.worker") as worker:
        meters = {
            "worker": lambda: resident_mb(worker.pid),
            "redis": lambda: _used_mb(stack, "used_memory"),
            "resident": lambda: _used_mb(stack, "used_memory_rss"),
        }
        passage = follow(stack, worker, "journey", until, meters=meters, within=_WITHIN_S)
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
