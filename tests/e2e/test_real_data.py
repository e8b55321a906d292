"""Both public data sets through importers, Kafka, Faust and Redis: the figures of definitions.md ("Real data")."""

import time
from collections import Counter
from datetime import UTC, datetime

import pytest

from tests import oracle
from tests.e2e.real_input import AS_OF, Baseline, import_incidents, import_requests
from tests.e2e.system import Json
from tests.figures import Tell

pytestmark = [pytest.mark.asyncio(loop_scope="package"), pytest.mark.timeout(1200)]

# Rows that are imported once more: the first of each file.
AGAIN = 5_000


async def test_handoffs(baseline: Baseline, tell: Tell) -> None:
    tell("import of both data sets", imported=baseline.imported, seconds=baseline.seconds)
    assert baseline.handoffs == {
        "issues": 24_918,
        "with_desk": 24_545,
        "raw": {
            "handoffs_at_least": {"1": 9_575, "2": 4_264, "3": 2_243},
            "direct_return": {"issues": 2_217, "times": 3_676},
            "any_return": {"issues": 2_629},
        },
        "ours": {
            "handoffs_at_least": {"1": 9_555, "2": 4_259, "3": 2_242},
            "direct_return": {"issues": 2_202, "times": 3_634},
            "any_return": {"issues": 2_610},
        },
        "flags": {"ping_pong": 648, "runaround": 3_152},
    }


async def test_promises(baseline: Baseline) -> None:
    counts = {"kept": 60_054, "late": 19_154, "overdue": 11_444, "not_due": 3_502}
    assert baseline.promises == {**counts, "other": 0, "not_stated": 0}


async def test_every_flag_was_raised_and_settled_and_is_said_once(baseline: Baseline) -> None:
    said = [flag["id"] for flag in baseline.flags]
    assert len(said) == len(set(said))
    # A flag's events lie in one partition, so the last that comes is the last that was said.
    last = {flag["data"]["flag_id"]: (flag["data"]["kind"], flag["type"]) for flag in baseline.flags}
    assert Counter(last.values()) == {("ping_pong", "flag.settled"): 648, ("runaround", "flag.settled"): 3_152}
    work_list = await baseline.system.get("journey", "/flags", state="raised", lapsed=True)
    assert work_list.json()["items"] == []


async def test_the_log_holds_what_was_imported_and_digests_are_the_oracle_s(baseline: Baseline, tell: Tell) -> None:
    """On the log is what was imported and nothing else. Of it the oracle's digests: of every customer with incidents,
    and of one in ten of those with a single request."""
    log = await baseline.system.events()
    assert Counter(event["type"] for event in log) == _sent(baseline)
    assert not [flag for flag in baseline.flags if flag["data"]["kind"] == "missed_promise"]
    compared = [event for event in log if _is_compared(event)]
    began = time.monotonic()
    expected = oracle.digest(compared, datetime.fromisoformat(AS_OF).replace(tzinfo=UTC)).customers
    tell("digests as the oracle's", customers=len(expected), events=len(compared), seconds=time.monotonic() - began)
    assert len(expected) > 14_000
    assert {customer: baseline.digest[customer] for customer in expected} == expected


async def test_importing_again_changes_nothing(baseline: Baseline, tell: Tell) -> None:
    before = await baseline.system.on_the_log()
    incidents, requests = await import_incidents(baseline.system, AGAIN), await import_requests(baseline.system, AGAIN)
    repeated = incidents["accepted"] + requests["accepted"]
    seconds = await baseline.system.caught_up(300)
    tell("imported again", repeated=repeated, on_the_log=before + repeated, caught_up_s=seconds)
    assert repeated > AGAIN
    assert await baseline.system.digest(AS_OF) == baseline.digest
    assert await baseline.system.report_handoffs() == baseline.handoffs
    assert await baseline.system.flag_events() == baseline.flags
    assert (await baseline.system.ashiato("dead-letters", "list")).out.strip() == "No dead letters."


def _is_compared(event: Json) -> bool:
    return str(event["type"]).startswith("issue.") or str(event["subject"]).endswith("0")


def _sent(baseline: Baseline) -> Counter[str]:
    return Counter(baseline.imported["incidents"]["by_type"]) + Counter(baseline.imported["requests"]["by_type"])
