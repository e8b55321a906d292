"""Ours beside others' engines in one run: the same events, the same work, in turns."""

from typing import Final

from benchmarks.bench import Bench, interleaved, with_baseline
from benchmarks.contest import EACH, Contest
from benchmarks.contestants import OURS, STREAMS, Contestants
from benchmarks.environment import versions
from benchmarks.figures import Figure, Outcome
from benchmarks.stack import PARTITIONS, private_stack

_UNIT: Final = "events/s"


def run(bench: Bench) -> Outcome:
    """Twice the events of other benchmarks: what is fast should be seen for more than a few seconds."""
    return measured(bench, 2 * bench.events, zipf=False)


def measured(bench: Bench, events: int, *, zipf: bool) -> Outcome:
    name = "engines_zipf" if zipf else "engines"
    with private_stack(name.replace("_", "-")) as stack:
        bench.say(f"loading {events:,} events of {events // EACH:,} customers")
        contest = Contest(bench, stack, events, zipf=zipf)
        samples = interleaved(bench, Contestants(contest).turns(), _UNIT)
    samples |= {f"{name}, from its first event": rates[1:] for name, rates in contest.cold.items()}
    rates = with_baseline(samples, _UNIT, STREAMS if STREAMS in samples else OURS)
    return Outcome(
        name=name,
        title="Beside other engines" + (", one customer with a tenth of the events" if zipf else ""),
        settings=_settings(bench, contest),
        figures=[*rates, *_counted(contest)],
        notes=_notes(contest),
    )


def _counted(contest: Contest) -> list[Figure]:
    """The first sample of each is the warm-up's."""
    return [
        Figure(f"{what}: {name}", unit, values[1:])
        for what, unit, found in (("CPU", "µs/event", contest.cpu), ("memory", "MiB", contest.memory))
        for name, values in found.items()
    ]


def _settings(bench: Bench, contest: Contest) -> dict[str, object]:
    return {
        "events": contest.course.events,
        "customers": contest.course.events // EACH,
        "largest_share": round(contest.course.largest_share, 4),
        "bytes_per_event": round(contest.course.bytes),
        "partitions": PARTITIONS,
        "events_for_faust": contest.fewer.events,
        "flags_of_a_peer": sum(contest.course.flags.values()),
        "flags_of_a_peer_for_faust": sum(contest.fewer.flags.values()),
        "flags_as_it_ships": contest.own_flags,
        "repetitions": bench.repetitions,
        "versions": versions(),
    }


def _notes(contest: Contest) -> list[str]:
    notes = [
        f"Stock Faust got {contest.fewer.events:,} events, for time's sake: as many for each customer; rates are "
        "compared.",
        "Every peer's flags were compared with what the rule asks for, customer by customer, in every run.",
        "CPU and memory are those of the process; Redis runs beside ours, RocksDB within Kafka Streams and Quix.",
        "Kafka Streams: rate and CPU of the last three quarters of the events, unless it says from its first event. "
        "Two workers: while both have work. Everybody else: from the first event to the last.",
    ]
    return notes + [f"Not run: {name} ({why})." for name, why in contest.not_run.items()]
