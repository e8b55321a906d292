"""What the smoke run would say of evidence that is not as it must be."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from shared.events import FlagRaised, FlagWithdrawn, PromiseMissed
from tools.demo.evidence import Evidence, judge
from tools.demo.stories import SAMPLES, Stories
from tools.demo.watching import SaidFlag, SaidMiss

LOADED = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DUE = LOADED + timedelta(seconds=18)
LATER = DUE + timedelta(seconds=0.2)

Json = dict[str, Any]


def the_stories() -> Stories:
    """One customer, one promise that is missed 18 seconds after loading."""
    flag = {"kind": "missed_promise", "state": "raised", "severity": 1, "after_s": 18}
    picture = {
        "flags": [flag],
        "debts": [{"promise_id": "prm-1", "outcome": "missed", "after_s": 18}],
        "promises": [],
        "feedback": {"thanks": 0, "complaints": 0},
        "situation": 0,
        "notices": 0,
    }
    story = {"file": "s3-x.jsonl", "title": "x", "customers": {"ann": picture}}
    return Stories.model_validate({"folder": Path(), "within_s": 60, "stories": [story]})


def a_flag(customer: str = "ann", at: datetime = LATER, of: type[FlagRaised | FlagWithdrawn] = FlagRaised) -> SaidFlag:
    cause = {"topic": "contact.events.v1", "partition": 0, "offset": 3, "event_id": "missed"}
    data = {
        **{"flag_id": f"flag-{customer}", "kind": "missed_promise", "rule": "missed_promise", "rule_version": 1},
        **{"evidence": [], "severity": 1, "promise_id": "prm-1", "cause": cause},
    }
    event = {"id": "f", "source": "urn:ashiato:journey", "subject": customer, "time": DUE, "data": data}
    return SaidFlag(of.model_validate(event), at.timestamp())


def a_miss(at: datetime = LATER, detected_at: datetime = LATER) -> SaidMiss:
    data = {
        **{"promise_id": "prm-1", "due_by": DUE, "grace_s": 0.0, "detected_at": detected_at},
        **{"attempts_outside": 0, "made_good": False, "owner": {"desk": "offers"}},
    }
    event = {"id": "m", "source": "urn:ashiato:followup", "subject": "ann", "time": DUE, "data": data}
    return SaidMiss(PromiseMissed.model_validate(event), at.timestamp())


def as_listed() -> Json:
    return {"kind": "missed_promise", "state": "raised", "severity": 1}


def a_picture(**changed: Any) -> Json:
    return {
        "flags": [as_listed()],
        "debts": [{"promise_id": "prm-1", "outcome": "missed"}],
        "promises": [],
        "feedback": {"thanks": 0, "complaints": 0},
        "situation": [],
        "notices": [],
        **changed,
    }


def faults(**changed: Any) -> list[str]:
    """What is found wrong when everything is as it must be, but for what is given."""
    evidence: dict[str, Any] = {
        "said": [a_flag()],
        "misses": [a_miss()],
        "listed": [{"customer_id": "ann", "flags": [as_listed()]}],
        "pictures": {"ann": a_picture()},
        "published": {"S3": LOADED.timestamp()},
    }
    checks = judge(the_stories(), Evidence(**{**evidence, **changed}))
    return [fault for check in checks for fault in check.faults]


def test_finds_nothing_wrong_when_everything_was_seen() -> None:
    assert faults() == []


def test_misses_a_flag_on_the_topic() -> None:
    assert faults(said=[]) == ["missed_promise (raised, severity 1) is not on the topic"]


def test_a_withdrawn_flag_is_not_on_the_topic() -> None:
    assert faults(said=[a_flag(), a_flag(of=FlagWithdrawn)]) == [
        "missed_promise (raised, severity 1) is not on the topic"
    ]


def test_misses_a_flag_in_the_work_list() -> None:
    assert faults(listed=[]) == ["missed_promise (raised, severity 1) is not in GET /flags"]


def test_misses_a_flag_in_the_look_up() -> None:
    assert faults(pictures={"ann": a_picture(flags=[])}) == [
        "missed_promise (raised, severity 1) is not in the look-up"
    ]


def test_misses_a_customer() -> None:
    assert faults(pictures={"ann": None}) == ["the look-up knows nothing of this customer"]


def test_says_what_else_of_the_picture_is_otherwise() -> None:
    running = {"kind": "callback", "state": "due"}
    picture = a_picture(debts=[], promises=[running], feedback={"thanks": 1, "complaints": 0}, notices=[{}])
    assert faults(pictures={"ann": picture}) == [
        "debt prm-1 (missed) is not in the look-up",
        "promised callback (due) is in the look-up and was not expected",
        "1 thanks instead of 0 in the look-up",
        "1 notices instead of 0 in the look-up",
    ]


def test_does_not_accept_a_flag_that_nobody_expected() -> None:
    twice = {"customer_id": "ann", "flags": [as_listed(), as_listed()]}
    assert faults(listed=[twice]) == ["missed_promise (raised, severity 1) is in GET /flags and was not expected"]


def test_does_not_accept_a_flag_for_somebody_else() -> None:
    assert faults(said=[a_flag(), a_flag("bob")]) == ["a flag for bob"]


def test_misses_the_announcement() -> None:
    assert faults(misses=[]) == ["it was not announced as missed"]


def test_does_not_accept_an_announcement_before_it_was_due() -> None:
    early = DUE - timedelta(seconds=1.5)
    assert faults(misses=[a_miss(at=early)]) == ["it was announced 1.499 s before it was due"]
    assert faults(misses=[a_miss(detected_at=early)]) == ["it was announced 1.500 s before it was due"]
    assert faults(said=[a_flag(at=early)]) == ["it was announced 1.499 s before it was due"]


def test_does_not_accept_an_announcement_at_the_very_moment() -> None:
    assert faults(misses=[a_miss(detected_at=DUE)]) == ["it was announced 0.000 s before it was due"]


def test_does_not_accept_a_second_announcement() -> None:
    assert faults(misses=[a_miss(), a_miss()]) == ["it was announced 2 times"]


def test_does_not_accept_a_promise_that_had_come_due_before_anybody_could_watch() -> None:
    assert faults(published={"S3": DUE.timestamp()}) == ["it came due before it was to"]


def test_the_samples_say_what_must_be_seen_of_each_of_the_five_stories() -> None:
    stories = Stories.read()
    assert [story.key for story in stories.stories] == ["S1", "S2", "S3", "S4", "S5"]
    assert sorted(story.file for story in stories.stories) == sorted(file.name for file in SAMPLES.glob("*.jsonl"))
    assert any(flag.after_s for _, _, picture in stories.pictures for flag in picture.flags)
