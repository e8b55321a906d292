"""Bytes of Redis for a customer with twenty entries, and what they are spent on."""

from collections import defaultdict
from typing import Any, Final, cast

from redis import Redis

from benchmarks.bench import Bench
from benchmarks.events import Sent, history, past
from benchmarks.figures import Figure, Outcome
from benchmarks.loading import as_on_the_first_day, load
from benchmarks.progress import follow
from benchmarks.stack import Stack, private_stack
from shared.customers.compact import ENTRIES_LEVEL, Compact, dictionaries
from shared.event_log.wire import LARGEST_RECORD
from tools.dictionary.training import EVENTS, packed, trained

ENTRIES: Final = 20
_ASKED: Final = 200
# How shared.projection names its keys: a letter for the kind, then what the service calls it.
_KINDS: Final = {
    b":l:older:": "entries in frames",
    b":l:entries:": "entries one by one",
    b":s:known:": "identities seen",
    b":v:state:": "state",
}


def run(bench: Bench) -> Outcome:
    customers = bench.customers
    sent = past(history(customers, customers * ENTRIES))
    with private_stack("memory") as stack:
        bench.say(f"loading {len(sent):,} events of {customers:,} customers")
        ends = load(stack, sent)
        as_on_the_first_day(stack)
        before = _used(stack)
        with stack.process("services.journey.worker") as worker:
            follow(stack, worker, "journey", ends)
        each = (_used(stack) - before) / customers
        kinds = _by_kind(stack)
    raw_bytes = sum(len(one.value) for one in sent) / customers
    return Outcome(
        name="memory",
        title="Memory of Redis for one customer",
        settings={"customers": customers, "entries": ENTRIES, "bytes_of_events": round(raw_bytes)},
        figures=[
            Figure("all of it (used_memory)", "bytes/customer", [each], _RAW),
            *(Figure(f"  {name} (MEMORY USAGE)", "bytes/customer", [value], _RAW) for name, value in kinds.items()),
            Figure(_RAW, "bytes/customer", [raw_bytes]),
            *(Figure(name, "bytes/customer", [value], _RAW) for name, value in _by_dictionary(sent, customers).items()),
        ],
        notes=[
            "Without replicas. Every event comes back as the bytes received. The rest are the work lists, and Redis' "
            "own table of names.",
            "The two rows on dictionaries are computed, without Redis' own; the other customers' events have other ids "
            "and times, and the same few desks, sources and texts.",
        ],
    )


_RAW: Final = "the events themselves, as received"


def _by_dictionary(sent: list[Sent], customers: int) -> dict[str, float]:
    """Bytes of a customer's entries alone, with what is shipped and with what whoever runs this could make."""
    others = past(history(EVENTS // ENTRIES, EVENTS, seed=2, prefix="D"))
    known = {
        "  each by itself, by the dictionary that is shipped": dictionaries(),
        "  each by itself, by one made from other customers' events": {64: trained([one.value for one in others])},
    }
    found: dict[str, float] = {}
    for name, dictionary in known.items():
        compact = Compact(dictionary, largest=LARGEST_RECORD, level=ENTRIES_LEVEL).compact
        found[name] = sum(len(compact(one)) for one in packed(one.value for one in sent)) / customers
    return found


def _used(stack: Stack) -> float:
    with Redis.from_url(stack.valkey.url) as redis:
        return float(cast(dict[str, Any], redis.info("memory"))["used_memory"])


def _by_kind(stack: Stack) -> dict[str, float]:
    """Mean over some customers; an overhead of Redis' own tables comes on top."""
    found: dict[str, list[int]] = defaultdict(list)
    with Redis.from_url(stack.valkey.url) as redis:
        for key in redis.scan_iter(count=1_000):
            kind = next((name for part, name in _KINDS.items() if part in key), None)
            if kind is not None and len(found[kind]) < _ASKED:
                found[kind].append(int(cast(int, redis.memory_usage(key, samples=0)) or 0))
    return {kind: sum(sizes) / len(sizes) for kind, sizes in found.items()}
