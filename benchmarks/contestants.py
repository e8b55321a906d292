"""How each contestant is run once: its own manner to start, and when its work counts as done.

ours             the last position is saved in Redis
Kafka Streams    close() has returned: caches flushed, changelog acknowledged, offsets committed
Quix Streams     its last checkpoint is committed
stock Faust      its table's changelog topic holds a row for each event
"""

import re
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from benchmarks import environment
from benchmarks.bench import Measure
from benchmarks.contest import Contest, Course, Entry, in_folder
from benchmarks.loading import as_on_the_first_day
from benchmarks.processor import cpu_of, resident_mb
from benchmarks.progress import await_records, follow
from benchmarks.stack import PARTITIONS, NotReady, wait_until
from benchmarks.workers import WORKER, at_work
from tools.stack import Process

OURS: Final = "Ashiato as it ships, all rules"
OURS_TWICE: Final = "Ashiato as it ships, two workers"
ENGINE: Final = "Ashiato's engine, the peers' work"
ENGINE_TWICE: Final = "Ashiato's engine, the peers' work, two workers"
STREAMS: Final = "Kafka Streams, default cache"
STREAMS_CACHE: Final = "Kafka Streams, 200 MB cache"
QUIX: Final = "Quix Streams"
FAUST: Final = "stock Faust, table"
FAUST_READ: Final = "stock Faust, reading only"
LIMIT: Final = "aiokafka getmany, nothing done"

# Name, service, command and what the program is told; events/s.
_RateOf = Callable[[str, str, Sequence[str | Path], Mapping[str, str]], float]
# The second joins when the first has read for a second or two.
_FEWEST_FOR_TWO: Final = {OURS_TWICE: 100_000, ENGINE_TWICE: 1_000_000}
_WITHIN_S: Final = 600.0
_CACHE_BYTES: Final = 200 * 1024 * 1024
_LOOK_EVERY_S: Final = 0.02
# Faust's compiled parts, switched on as its guide says. NO_CYTHON=1 leaves them out.
_COMPILED: Final = {"NO_CYTHON": ""}


class Peer(NamedTuple):
    """A program that says itself when it has begun and when it has handled everything.

    flags: it publishes some, which are checked. durable: when what it keeps is safe, where that is later.
    counted: the share of the events that it handles after it says that it has begun; where that is not all of them, it
    says as well when it came to its first.
    """

    name: str
    command: Sequence[str | Path]
    course: Course
    more: Mapping[str, str] = {}
    flags: bool = True
    durable: Callable[[Entry], float] | None = None
    counted: float = 1.0


class Contestants:
    def __init__(self, contest: Contest) -> None:
        self._contest = contest
        self._stack = contest.stack

    def turns(self) -> list[tuple[str, Measure]]:
        """Whoever cannot be had here is left out, and said to be."""
        turns: list[tuple[str, Measure]] = [
            (OURS, lambda: self._ours(OURS, self._until_saved)),
            *self._if_enough_for_two(OURS_TWICE, lambda: self._ours(OURS_TWICE, self._twice)),
            (ENGINE, lambda: self._engine(ENGINE, self._until_saved, Entry.check)),
            *self._if_enough_for_two(
                ENGINE_TWICE, lambda: self._engine(ENGINE_TWICE, self._twice, Entry.check_after_handover)
            ),
        ]
        turns += self._if_it_can_be_had((STREAMS, STREAMS_CACHE), self._kafka_streams)
        turns += self._if_it_can_be_had((QUIX,), self._quix)
        return [*turns, (FAUST, self._faust), (FAUST_READ, self._faust_read), (LIMIT, self._limit)]

    def _if_enough_for_two(self, name: str, measure: Measure) -> list[tuple[str, Measure]]:
        fewest = _FEWEST_FOR_TWO[name]
        if self._contest.course.events >= fewest:
            return [(name, measure)]
        self._contest.not_run[name] = f"two share {fewest:,} events or more"
        return []

    def _if_it_can_be_had(
        self, names: Sequence[str], prepared: Callable[[], Sequence[Measure]]
    ) -> list[tuple[str, Measure]]:
        try:
            return list(zip(names, prepared(), strict=True))
        except environment.NotRun as why:
            self._contest.not_run |= dict.fromkeys(names, str(why))
            self._contest.bench.say(f"{', '.join(names)}: not run: {why}")
            return []

    def _ours(self, name: str, rate_of: _RateOf) -> float:
        rate = rate_of(name, "journey", WORKER, {})
        self._contest.check_own()
        return rate

    def _engine(self, name: str, rate_of: _RateOf, check: Callable[[Entry, str], None]) -> float:
        entry = self._contest.entry(self._contest.course)
        rate = rate_of(name, "peer", _module("engine_peer"), entry.told)
        check(entry, name)
        entry.close()
        return rate

    def _twice(self, name: str, service: str, command: Sequence[str | Path], told: Mapping[str, str]) -> float:
        """A process for each core, as a deployment has it and as Kafka Streams has its threads."""
        ends = tuple(self._contest.course.ends[number] for number in range(PARTITIONS))
        with at_work(self._stack, service, command, ends, 2, told) as crew:
            wait_until(lambda: crew.track.now == ends, _WITHIN_S, "all to be saved", crew.workers)
            self._note(name, crew.cpu * 1e6, sum(resident_mb(worker.pid) or 0.0 for worker in crew.workers))
        return crew.rate

    def _until_saved(self, name: str, service: str, command: Sequence[str | Path], told: Mapping[str, str]) -> float:
        as_on_the_first_day(self._stack)
        with self._stack.command(service, command, told) as worker:
            meters = {
                "cpu": lambda: cpu_of(worker.pid),
                "redis": lambda: cpu_of(self._stack.valkey.pid),
                "memory": lambda: resident_mb(worker.pid),
            }
            passage = follow(self._stack, worker, service, self._contest.course.ends, meters=meters)
        self._note(name, passage.spent("cpu") / passage.events * 1e6, passage.after["memory"])
        self._contest.cpu[f"Redis beside {name}"].append(passage.spent("redis") / passage.events * 1e6)
        return passage.rate

    def _kafka_streams(self) -> list[Measure]:
        command = environment.java_program(in_folder("KafkaStreamsPeer.java"), self._stack.folder / "java")
        plain = Peer(STREAMS, command, self._contest.course, counted=0.75)
        cached = plain._replace(name=STREAMS_CACHE, more={"BENCH_CACHE_BYTES": str(_CACHE_BYTES)})
        return [lambda: self._run(plain), lambda: self._run(cached)]

    def _quix(self) -> list[Measure]:
        command = [environment.python(), *_module("quix_streams")[1:]]
        return [lambda: self._run(Peer(QUIX, command, self._contest.course))]

    def _faust(self) -> float:
        def last_row(entry: Entry) -> float:
            return await_records(self._stack, f"{entry.group}-journeys-changelog", entry.course.events)

        return self._run(
            Peer(FAUST, self._faust_command("stock_faust"), self._contest.fewer, _COMPILED, True, last_row)
        )

    def _faust_read(self) -> float:
        command = self._faust_command("stock_faust_read")
        return self._run(Peer(FAUST_READ, command, self._contest.fewer, _COMPILED, flags=False))

    def _faust_command(self, module: str) -> list[str | Path]:
        return [*_module(module), "--datadir", self._stack.folder / "faust", "worker", "-l", "warn"]

    def _limit(self) -> float:
        return self._run(Peer(LIMIT, _module("bare_loop"), self._contest.course, flags=False))

    def _run(self, peer: Peer) -> float:
        entry = self._contest.entry(peer.course)
        with self._stack.command(entry.group, peer.command, {**entry.told, **peer.more}) as process:
            begun = _watched(process, "begun")
            handled = _watched(process, "handled")
            ended = peer.durable(entry) if peer.durable else handled.at
            if peer.counted < 1:
                self._contest.cold[peer.name].append(peer.course.events / (ended - _watched(process, "first").at))
        if peer.flags:
            entry.check(peer.name)
        entry.close()
        events = peer.counted * peer.course.events
        self._note(peer.name, (handled.cpu - begun.cpu) / events * 1e6, handled.memory)
        return events / (ended - begun.at)

    def _note(self, name: str, cpu: float, memory: float) -> None:
        """cpu: µs an event. memory: MiB."""
        self._contest.cpu[name].append(cpu)
        self._contest.memory[name].append(memory)


class Moment(NamedTuple):
    """When a process said a word, and what it had taken by then: seconds of CPU, MiB."""

    at: float
    cpu: float
    memory: float


def _watched(process: Process, word: str) -> Moment:
    """Wait for the word. The readings are the last before it: a process may end as soon as it has spoken."""
    deadline = time.monotonic() + _WITHIN_S
    cpu = memory = 0.0
    while True:
        running = process.running
        if running:
            cpu, memory = max(cpu, cpu_of(process.pid)), resident_mb(process.pid) or memory
        found = re.search(rf"\b{word} ([0-9.]+)", process.output())
        if found:
            return Moment(float(found[1]), cpu, memory)
        if not running or time.monotonic() > deadline:
            raise NotReady(f"{process.name} has not said {word!r}:\n{process.output()[-2_000:]}")
        time.sleep(_LOOK_EVERY_S)


def _module(name: str) -> list[str | Path]:
    return [sys.executable, "-m", f"benchmarks.peers.{name}"]
