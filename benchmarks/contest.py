"""One stack, the same events for everybody, and a check that everybody has done the work.

A peer's flags must be exactly those that the rule asks for, customer by customer. Ours as it ships has other and more
rules: of its flags is asked that nobody who went A B A B within one contact is missing, and that all runs say the same.
"""

import shutil
import uuid
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from benchmarks.bench import Bench
from benchmarks.events import Sent, as_it_arrives, even_shares, history, past, zipf_shares
from benchmarks.loading import create, delete_named, keys, load, messages
from benchmarks.peers.ping_pong import expected_flags
from benchmarks.stack import NotReady, Stack
from shared.event_log.topics import CONTACT_EVENTS, FLAGS

EACH: Final = 20  # events of a customer
FEWER: Final = "contact.events.fewer"
# Stock Faust gets one event in so many, of one customer in as many: the same number for each, so the same rows.
_FEWER: Final = 10

_decode = msgspec.json.Decoder().decode


class WrongFlags(NotReady):
    """A peer has not done the work: its figures mean nothing."""


class Course:
    """A topic of events, and the flags that they must lead to."""

    def __init__(self, stack: Stack, topic: str, sent: Sequence[Sent]) -> None:
        self.topic = topic
        self.events = len(sent)
        self.bytes = sum(len(one.value) for one in sent) / len(sent)
        self.ends = load(stack, sent, topic)
        events = [(one.customer, _decode(one.value)) for one in sent]
        self.flags = expected_flags(events)
        self.passed_around = _passed_around(events)
        self.largest_share = max(Counter(one.customer for one in sent).values()) / len(sent)


class Contest:
    """zipf: one customer has a tenth of the events, instead of each as many."""

    def __init__(self, bench: Bench, stack: Stack, events: int, *, zipf: bool) -> None:
        self.bench = bench
        self.stack = stack
        create(stack, FEWER)
        self.course = Course(stack, CONTACT_EVENTS.name, _events(events, "C", zipf))
        self.fewer = Course(stack, FEWER, _events(max(4_000, events // _FEWER), "F", zipf))
        self.cpu: dict[str, list[float]] = defaultdict(list)  # by name, µs an event
        self.memory: dict[str, list[float]] = defaultdict(list)  # by name, MiB at the end
        self.cold: dict[str, list[float]] = defaultdict(list)  # by name, events/s from the first event on
        self.not_run: dict[str, str] = {}
        self._own_flags: Counter[str] = Counter()

    def entry(self, course: Course) -> "Entry":
        """A group, a flags topic and a folder that nobody has used."""
        group = f"peer-{uuid.uuid4().hex[:8]}"
        flags = f"{group}.flags"
        create(self.stack, flags)
        return Entry(self.stack, course, group, flags)

    def check_own(self) -> None:
        """Of the journey worker's flags. Raises WrongFlags."""
        raised: set[str] = set()
        said: Counter[str] = Counter()
        known: set[str] = set()
        for message in messages(self.stack, FLAGS.name):
            flag = _decode(message.value or b"{}")
            said[flag["type"]] += flag["id"] not in known  # a handover may say one twice
            known.add(flag["id"])
            if flag["type"] == "flag.raised" and flag["data"]["kind"] == "ping_pong":
                raised.add(flag["subject"])
        missing = self.course.passed_around - raised
        if missing:
            raise WrongFlags(f"the journey worker is silent about {len(missing)} customers who went A B A B")
        if self._own_flags and said != self._own_flags:
            raise WrongFlags(f"the journey worker has said {dict(said)}, and {dict(self._own_flags)} before")
        self._own_flags = said

    @property
    def own_flags(self) -> dict[str, int]:
        return dict(self._own_flags)


class Entry:
    """One run of one peer; `close` takes away what it left on the broker."""

    def __init__(self, stack: Stack, course: Course, group: str, flags: str) -> None:
        self._stack = stack
        self.course = course
        self.group = group
        self._flags = flags
        self.folder = stack.folder / group
        self.folder.mkdir()

    @property
    def told(self) -> dict[str, str]:
        return {
            "BENCH_TOPIC": self.course.topic,
            "BENCH_EVENTS": str(self.course.events),
            "BENCH_GROUP": self.group,
            "BENCH_FLAGS": self._flags,
            "BENCH_FOLDER": str(self.folder),
        }

    def check(self, name: str) -> None:
        """Raises WrongFlags."""
        check_flags(name, Counter(key.decode() for key in keys(self._stack, self._flags)), self.course.flags)

    def check_after_handover(self, name: str) -> None:
        """Whoever takes a partition over may say again what was said and not saved. Raises WrongFlags."""
        said = {(one.key or b"", one.value) for one in messages(self._stack, self._flags)}
        check_flags(name, Counter(key.decode() for key, _ in said), self.course.flags)

    def close(self) -> None:
        """Changelogs and stores are large, and nobody reads them again."""
        delete_named(self._stack, self.group)
        shutil.rmtree(self.folder)


def check_flags(name: str, found: Mapping[str, int], wanted: Mapping[str, int]) -> None:
    """How many flags of each customer there are, and have to be. Raises WrongFlags."""
    wrong = {customer for customer in found.keys() | wanted.keys() if found.get(customer) != wanted.get(customer)}
    if wrong:
        flags = f"{sum(found.values()):,} flags instead of {sum(wanted.values()):,}"
        raise WrongFlags(f"{name}: {flags}; {len(wrong):,} customers have others than they should")


def _events(count: int, prefix: str, zipf: bool) -> list[Sent]:
    customers = count // EACH
    shares = (zipf_shares if zipf else even_shares)(customers, count)
    return as_it_arrives(past(history(customers, count, prefix=prefix, shares=shares)))


def _passed_around(events: Sequence[tuple[str, Mapping[str, Any]]]) -> set[str]:
    """Customers with a contact that has arrived with all of A B A B."""
    desks: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for customer, event in events:
        data = event["data"]
        if event["type"] in {"contact.connected", "contact.transferred"}:
            desks[customer, data["contact_id"]][event["time"]] = data.get("to_desk") or data["desk"]
    return {customer for (customer, _), at in desks.items() if _a_b_a_b([at[time] for time in sorted(at)])}


def _a_b_a_b(desks: list[str]) -> bool:
    return len(desks) == 4 and desks[:2] == desks[2:]


def in_folder(name: str) -> Path:
    """A peer's source."""
    return Path(__file__).parent / "peers" / name
