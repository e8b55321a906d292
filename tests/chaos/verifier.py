"""What a round left behind, held against the oracle: the log, the flags' topic and the APIs, and nothing else.

lost     acknowledged, and not on the log or not on the timeline
extra    twice on a timeline; where it must not be, announced twice by id
wrong    a digest, a list, a flag on the topic or an announcement that the log does not come to
"""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

from shared.event_log.log import Record
from tests import oracle
from tests.chaos.driver import Acknowledged
from tests.e2e.speech import said_by_followup, to_be_said
from tests.e2e.system import Json, System, read
from tests.histories.builders import FOLLOWUP
from tests.oracle.facts import parse_time
from tests.waiting import eventually

Read = tuple[Json, Record]

# Kafka's timestamp is the sender's: on a busy machine a record gets on the log that much later.
_IN_THE_AIR: Final = timedelta(seconds=3)
# What comes due within a round does so soon; else nothing does for an hour.
_COMES_DUE: Final = timedelta(seconds=60)


class Left(NamedTuple):
    """All that a round left on the two topics, in the order of each partition."""

    log: list[Read]
    flags: list[Json]

    @property
    def events(self) -> list[Json]:
        return [event for event, _ in self.log]


class Verdict(NamedTuple):
    """`notes`: the first of each kind, in words. `repeated`: how many events of ours are twice on a topic."""

    lost: int
    extra: int
    wrong: int
    repeated: int
    notes: list[str]


class Log:
    """contact.events.v1 from some offsets on, of some customers."""

    def __init__(self, system: System, topic: str, starts: dict[int, int], customers: Sequence[str]) -> None:
        self._system = system
        self._topic = topic
        self._starts = starts
        self._customers = set(customers)

    async def read(self) -> list[Read]:
        found = read(await self._system.records(self._topic, self._starts))
        return [(event, record) for event, record in found if event.get("subject") in self._customers]


async def everything_said(log: Log) -> list[Read]:
    """Once followup has said all that by the oracle it has to say, now and until the round's last promise is due."""

    async def complete() -> list[Read]:
        found = await log.read()
        events = [event for event, _ in found]
        open_ones = to_be_said(events, datetime.now(UTC) + _COMES_DUE) - said_by_followup(events).keys()
        assert not open_ones, f"{len(open_ones)} not said"
        return found

    return await eventually(complete, 60, every=0.5)


async def judge(
    system: System, left: Left, ledger: set[Acknowledged], customers: Sequence[str], desk: str, *, may_repeat: bool
) -> Verdict:
    """`may_repeat`: our own events may be twice on a topic, under the same id (decision 0004)."""
    as_of = datetime.now(UTC)
    accepted = oracle.accept(left.events)
    expected = oracle.digest(left.events, as_of)
    on_the_log = {(fact.customer, fact.source, fact.id) for fact in accepted.facts}
    seen = [one for customer in expected.customers for one in await timeline(system, customer)]
    twice = len(seen) - len(set(seen))
    lost = (ledger - on_the_log) | (on_the_log - set(seen))
    unfounded = set(seen) - on_the_log
    digests = await _digests(system, expected.customers, as_of)
    differing = [one for one, digest in expected.customers.items() if digests.get(one) != digest]
    flags = _differing_flags(expected, left.flags)
    false = _false_announcements(left.log, as_of)
    listed = await _listed(system, customers, desk) ^ _open_promises(accepted.facts, desk)
    repeated = _repeated(left)
    wrong: dict[str, list[Any]] = {
        "digests differ": differing,
        "flags on the topic differ": flags,
        "false announcements": false,
        "rows of the promises' list differ": sorted(listed),
        "on a timeline and not on the log": sorted(unfounded),
    }
    notes = [f"{len(those)} {what}, e.g. {those[0]}" for what, those in wrong.items() if those]
    notes += [f"{len(lost)} lost, e.g. {min(lost)}"] if lost else []
    notes += [f"{twice} twice on a timeline"] if twice else []
    notes += [f"{repeated} of ours twice on a topic"] if repeated else []
    extra = twice + (0 if may_repeat else repeated)
    return Verdict(len(lost), extra, sum(map(len, wrong.values())), repeated, notes)


async def timeline(system: System, customer: str) -> list[Acknowledged]:
    answer = await system.get("journey", f"/journeys/{customer}/events", limit=200)
    if answer.status_code == 404:
        return []
    assert answer.is_success, answer.text
    content = answer.json()
    assert content["next"] is None
    return [(customer, entry["event"]["source"], entry["event"]["id"]) for entry in content["items"]]


async def _digests(system: System, customers: dict[str, str], as_of: datetime) -> dict[str, str]:
    answers = {
        one: await system.get("journey", f"/journeys/{one}/digest", as_of=as_of.isoformat()) for one in customers
    }
    return {one: answer.json()["digest"] for one, answer in answers.items() if answer.is_success}


def _differing_flags(expected: oracle.Digest, flags: Sequence[Json]) -> list[str]:
    """What was said last of each flag, and what stands."""
    once = {flag["id"]: flag for flag in reversed(flags)}  # of repetitions the first counts
    said = {one["data"]["flag_id"]: one["type"].removeprefix("flag.") for one in flags if once[one["id"]] is one}
    standing = {
        oracle.derive(["flag", customer, kind, subject]): state
        for customer, content in expected.documents.items()
        for kind, subject, state, _ in content["flags"]
    }
    last = {flag_id: state for flag_id, state in said.items() if state != "withdrawn"}
    return sorted(one for one in last.keys() | standing.keys() if last.get(one) != standing.get(one))


def _false_announcements(log: Sequence[Read], as_of: datetime) -> list[str]:
    """What followup said and must not have: by all facts nothing calls for it, and by those on the log then neither."""
    rightly = to_be_said([event for event, _ in log], as_of)
    ours = [one for one in log if one[0]["source"] == FOLLOWUP]
    early = [event["id"] for event, _ in ours if event["type"] == "promise.missed" and _early(event)]
    doubtful = [one for one in ours if one[0]["id"] not in rightly]
    false = [event for event, record in doubtful if not _right_then(event, record, log)]
    return early + [f"{event['type']} {event['id']} of {event['time']} for {event['subject']}" for event in false]


def _early(event: Json) -> bool:
    return parse_time(event["data"]["detected_at"]) <= parse_time(event["time"])


def _right_then(event: Json, record: Record, log: Sequence[Read]) -> bool:
    """Missed by what lay before it on the log, or would have been but for what came around the deadline or later: the
    clock has read on to an end asked for after the deadline, and speaks while more is being written."""
    before = [
        (other, at)
        for other, at in log
        if other["subject"] == event["subject"] and at.partition == record.partition and at.offset < record.offset
    ]
    detected = parse_time(event["data"].get("detected_at", event["time"]))
    certain = (parse_time(event["time"]) - _IN_THE_AIR).timestamp() * 1000
    while True:
        facts = oracle.accept([one for one, _ in before]).facts
        if event["id"] in {each.id for each in oracle.missed(facts, detected)}:
            return True
        if not before or before[-1][1].timestamp_ms <= certain:
            return False
        before.pop()


async def _listed(system: System, customers: Sequence[str], desk: str) -> set[tuple[str, str]]:
    """Followup's work list of the round's desk."""
    found: list[Any] = []
    cursor: dict[str, str] = {}
    while True:
        answer = await system.get("followup", "/promises", desk=desk, limit=200, **cursor)
        assert answer.is_success, answer.text
        content = answer.json()
        found += content["items"]
        if content["next"] is None:
            break
        cursor = {"cursor": content["next"]}
    return {(one["customer_id"], one["promise_id"]) for one in found if one["customer_id"] in set(customers)}


def _open_promises(facts: Sequence[oracle.Fact], desk: str) -> set[tuple[str, str]]:
    return {
        (customer, promise.id)
        for customer, own in oracle.by_customer(facts).items()
        for promise in oracle.promises(oracle.timeline(own)).values()
        for told in [oracle.life(promise)]
        if told.ended is None and told.owner["desk"] == desk
    }


def _repeated(left: Left) -> int:
    """Announcements: followup's on the log, journey's flags."""
    said = Counter(said_by_followup(left.events)) + Counter(flag["id"] for flag in left.flags)
    return sum(count - 1 for count in said.values())
