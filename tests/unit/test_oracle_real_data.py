"""The oracle against the public data sets, by the figures of definitions.md ("Real data")."""

import os
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.histories import real_data
from tests.oracle import Fact, Timeline, accept, by_customer, handoff_figures, promise_figures, promises, timeline
from tests.oracle.flags import standing_flags

AS_OF = datetime(2016, 1, 12, 22, 22, 40, tzinfo=UTC)


def demand(file: Path) -> None:
    """Without the data there is nothing to test; in CI it must be there."""
    if not file.exists():
        say = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        say(f"{file.name} is not in {file.parent}: fetch it as the README says, or set ASHIATO_DATA to its folder")


@pytest.fixture(scope="module")
def incidents() -> list[list[Fact]]:
    demand(real_data.INCIDENTS)
    return list(by_customer(accept(list(real_data.incident_events(real_data.incident_rows()))).facts).values())


def figures(lines: Iterable[Timeline]) -> dict[str, object]:
    return handoff_figures(issue.sequences for line in lines for issue in line.issues.values())


def test_handoffs_by_our_rules(incidents: list[list[Fact]]) -> None:
    lines = [timeline(facts) for facts in incidents]
    issues = [issue for line in lines for issue in line.issues.values()]
    flags = [flag for line in lines for flag in standing_flags(line).values()]
    assert len(issues) == 24_918
    assert sum(bool(issue.sequences) for issue in issues) == 24_545
    assert figures(lines) == {
        "handoffs_at_least": {"1": 9_555, "2": 4_259, "3": 2_242},
        "direct_return": {"issues": 2_202, "times": 3_634},
        "any_return": {"issues": 2_610},
    }
    assert Counter((flag.kind, flag.state) for flag in flags) == {
        ("ping_pong", "settled"): 648,
        ("runaround", "settled"): 3_152,
    }
    assert sum(count == 2 for count in Counter(flag.subject for flag in flags).values()) == 300


def test_handoffs_with_resolutions_ignored(incidents: list[list[Fact]]) -> None:
    raw = (timeline(each for each in facts if each.type != "issue.resolved") for facts in incidents)
    assert figures(raw) == {
        "handoffs_at_least": {"1": 9_575, "2": 4_264, "3": 2_243},
        "direct_return": {"issues": 2_217, "times": 3_676},
        "any_return": {"issues": 2_629},
    }


def test_promises_of_a_city_as_of_the_end_of_the_file() -> None:
    demand(real_data.REQUESTS)
    rows = real_data.request_rows()
    customers = by_customer(accept(list(real_data.request_events(rows))).facts)
    assert len(rows) - len(customers) == 26_991
    counts: Counter[str] = Counter()
    for facts in customers.values():
        counts += promise_figures(promises(timeline(facts)).values(), AS_OF)
    assert counts == {"kept": 60_054, "late": 19_154, "overdue": 11_444, "not_due": 3_502}
