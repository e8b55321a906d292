"""The journey worker as it ships beside stock Faust doing the least of the same work, in one run.

Ours: every rule, whole timelines, copies found, flags published, all of it fenced. From the first fetch to the last
position saved in Redis. Faust's: to the last row on the table's changelog, its durable copy.
"""

import re
import uuid
from collections import defaultdict
from typing import Final

from benchmarks.bench import Bench, interleaved, with_baseline
from benchmarks.events import as_it_arrives, history, past
from benchmarks.figures import Figure, Outcome
from benchmarks.loading import as_on_the_first_day, create, ends, load
from benchmarks.processor import cpu_of, resident_mb
from benchmarks.progress import Passage, await_records, follow
from benchmarks.stack import PARTITIONS, Stack, private_stack, wait_until
from shared.event_log.topics import CONTACT_EVENTS, FLAGS
from tools.stack import Process

OURS: Final = "journey worker, all rules"
LIMIT: Final = "aiokafka getmany, nothing done"
FAUST: Final = "stock Faust, table and ping-pong"
FAUST_READ: Final = "stock Faust, reading only"
FEWER: Final = "contact.events.fewer"
# Faust gets one event in so many, of one customer in as many: the same number per customer, so the same rows.
_FEWER: Final = 10
_UNIT: Final = "events/s"
# Faust's compiled parts, switched on as its guide says. NO_CYTHON=1 leaves them out.
_COMPILED: Final = {"NO_CYTHON": ""}
_FAUST_WITHIN_S: Final = 300.0


class Contest:
    """The same events for everybody, on one stack."""

    def __init__(self, bench: Bench, stack: Stack) -> None:
        self.bench = bench
        self.stack = stack
        self.fewer = max(4_000, bench.events // _FEWER)
        create(stack, FEWER, "peer.flags")
        few = as_it_arrives(past(history(self.fewer // 10, self.fewer, prefix="F")))
        load(stack, few, FEWER)
        sent = as_it_arrives(past(history(bench.customers, bench.events)))
        self.ends = load(stack, sent)
        self.bytes = sum(len(one.value) for one in sent) / len(sent)
        self.passages: list[Passage] = []
        self.flags: list[int] = []
        self.cpu: dict[str, list[float]] = defaultdict(list)  # of a peer, µs an event

    def ours(self) -> float:
        as_on_the_first_day(self.stack)
        with self.stack.process("services.journey.worker") as worker:
            meters = {
                "worker": lambda: cpu_of(worker.pid),
                "redis": lambda: cpu_of(self.stack.valkey.pid),
                "memory": lambda: resident_mb(worker.pid),
            }
            passage = follow(self.stack, worker, "journey", self.ends, meters=meters)
        self.passages.append(passage)
        self.flags.append(sum(ends(self.stack, FLAGS.name).values()))
        return passage.rate

    def limit(self) -> float:
        return self._peer("bare_loop", CONTACT_EVENTS.name, self.bench.events)

    def faust_read(self) -> float:
        return self._peer("stock_faust_read", FEWER, self.fewer, *self._as_worker())

    def faust(self) -> float:
        return self._peer("stock_faust", FEWER, self.fewer, *self._as_worker(), keeps=True)

    def _as_worker(self) -> list[str]:
        return ["--datadir", str(self.stack.folder / "faust"), "worker", "-l", "warn"]

    def _peer(self, module: str, topic: str, events: int, *arguments: str, keeps: bool = False) -> float:
        """keeps: the table's changelog must hold a row for each event before it counts as done."""
        group = f"{module}-{uuid.uuid4().hex[:8]}"
        told = {"BENCH_TOPIC": topic, "BENCH_EVENTS": str(events), "BENCH_GROUP": group, **_COMPILED}
        with self.stack.process(f"benchmarks.peers.{module}", *arguments, more=told) as peer:
            spent = [self._spent_until(peer, word) for word in ("begun", "handled")]
            self.cpu[module].append((spent[1] - spent[0]) / events * 1e6)
            ended = _said(peer, "handled")
            if keeps:
                ended = await_records(self.stack, f"{group}-journeys-changelog", events)
            return events / (ended - _said(peer, "begun"))

    def _spent_until(self, peer: Process, word: str) -> float:
        """Seconds of CPU when the peer has said so."""
        wait_until(lambda: _said(peer, word) > 0, _FAUST_WITHIN_S, f"{peer.name}: {word}", [peer], every=0.01)
        return cpu_of(peer.pid)


def _said(peer: Process, word: str) -> float:
    """When the peer said so, epoch seconds; 0 when it has not."""
    found = re.search(rf"\b{word} ([0-9.]+)", peer.output())
    return float(found[1]) if found else 0.0


def run(bench: Bench) -> Outcome:
    with private_stack("journey-worker") as stack:
        bench.say(f"loading {bench.events:,} events of {bench.customers:,} customers")
        contest = Contest(bench, stack)
        turns = [
            (OURS, contest.ours),
            (FAUST, contest.faust),
            (FAUST_READ, contest.faust_read),
            (LIMIT, contest.limit),
        ]
        samples = interleaved(bench, turns, _UNIT)
    return _outcome(bench, contest, with_baseline(samples, _UNIT, FAUST))


def _outcome(bench: Bench, contest: Contest, figures: list[Figure]) -> Outcome:
    counted = contest.passages[1:]
    spent = [
        Figure(f"CPU of {name}", "µs/event", [one.spent(meter) / one.events * 1e6 for one in counted])
        for name, meter in (("the journey worker", "worker"), ("Redis", "redis"))
    ]
    spent += [
        Figure(f"CPU of {name}", "µs/event", contest.cpu[module][1:])
        for name, module in ((FAUST, "stock_faust"), (FAUST_READ, "stock_faust_read"))
    ]
    memory = Figure("memory of the journey worker", "MiB", [one.after["memory"] for one in counted])
    return Outcome(
        name="journey_worker",
        title="The journey worker beside stock Faust",
        settings={
            "events": bench.events,
            "customers": bench.customers,
            "bytes_per_event": round(contest.bytes),
            "partitions": PARTITIONS,
            "events_for_faust": contest.fewer,
            "flags_published": contest.flags[-1],
            "repetitions": bench.repetitions,
        },
        figures=[*figures, *spent, memory],
        notes=[
            f"Stock Faust got {contest.fewer:,} events of {contest.fewer // 10:,} customers, for time's sake: as many "
            "for each customer as ours; rates are compared.",
            "1 % of the events are sent again, 0.5 % come behind the next of their customer.",
        ],
    )
