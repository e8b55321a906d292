"""A round's customers: the same for the same seed, and enough of what the rules bite on."""

from datetime import UTC, datetime, timedelta

from tests import oracle
from tests.chaos.stories import plan

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
CUSTOMERS = [f"c-{number}" for number in range(60)]


def test_a_seed_tells_the_same_stories_again() -> None:
    assert plan(7, CUSTOMERS, "desk", NOW, 5.0) == plan(7, CUSTOMERS, "desk", NOW, 5.0)
    assert plan(7, CUSTOMERS, "desk", NOW, 5.0) != plan(8, CUSTOMERS, "desk", NOW, 5.0)


def test_there_is_something_of_everything_in_a_round() -> None:
    planned = plan(7, CUSTOMERS, "desk", NOW, 5.0)
    log = [one.event for one in planned]
    later = NOW + timedelta(seconds=10)
    kinds = [kind for content in oracle.digest(log, later).documents.values() for kind, *_ in content["flags"]]
    missed = oracle.missed(oracle.accept(log).facts, later)
    assert {"ping_pong", "runaround"} <= set(kinds)
    assert len(missed) >= 5
    assert any(NOW < one.window.deadline < later for one in missed)
    assert len(oracle.callbacks(log)) >= 5
    assert len(oracle.accept(log).duplicates) >= 10
    assert oracle.accept(log).conflicts == ()
    assert all(0 <= one.at <= 7 for one in planned)
