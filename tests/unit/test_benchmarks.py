"""The benchmarks' own sums: what peers are held to, the workload's shape, ratios."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.contest import WrongFlags, check_flags
from benchmarks.events import even_shares, history, past, zipf_shares
from benchmarks.figures import Figure, Outcome
from benchmarks.peers.engine_peer import PeerHandler
from benchmarks.peers.ping_pong import desks_after, expected_flags, is_ping_pong
from benchmarks.peers.stopwatch import FLAGS
from benchmarks.report import newest
from shared.event_log.log import Message
from shared.event_log.memory import MemoryLog
from shared.event_log.topics import CONTACT_EVENTS
from shared.projection import GetFields
from shared.projection.memory import MemoryProjection
from shared.stream.lease import Lease


def connected(desk: str) -> dict[str, Any]:
    return {"type": "contact.connected", "data": {"desk": desk}}


def transferred(desk: str) -> dict[str, Any]:
    return {"type": "contact.transferred", "data": {"from_desk": "anywhere", "to_desk": desk}}


RESOLVED: dict[str, Any] = {"type": "issue.resolved", "data": {}}


@pytest.mark.parametrize(
    ("events", "flags"),
    [
        ([connected("a"), transferred("b"), transferred("a")], 0),
        ([connected("a"), transferred("b"), transferred("a"), transferred("b")], 1),
        ([connected("a"), transferred("b"), transferred("a"), transferred("b"), transferred("a")], 2),
        ([connected("a"), transferred("b"), RESOLVED, transferred("a"), transferred("b")], 0),
        ([connected("a"), transferred("b"), connected("b"), transferred("a"), transferred("b")], 1),
        ([connected("a"), transferred("b"), transferred("c"), transferred("a"), transferred("b")], 0),
    ],
)
def test_a_flag_at_a_b_a_b_and_at_each_further_turn(events: list[dict[str, Any]], flags: int) -> None:
    assert sum(expected_flags([("someone", event) for event in events]).values()) == flags


def test_customers_are_told_apart() -> None:
    turns = [connected("a"), transferred("b"), transferred("a"), transferred("b")]
    assert expected_flags([(who, event) for event in turns for who in ("one", "two")]) == {"one": 1, "two": 1}


def test_a_copy_of_the_last_event_is_no_further_turn() -> None:
    desks = desks_after(["a", "b", "a"], "contact.transferred", "b")
    assert is_ping_pong(["a", "b", "a"], desks)
    assert not is_ping_pong(desks, desks_after(desks, "contact.transferred", "b"))


@given(customers=st.integers(1, 300), each=st.integers(20, 40))
def test_shares_add_up_and_leave_nobody_out(customers: int, each: int) -> None:
    for shares in (even_shares(customers, customers * each), zipf_shares(customers, customers * each)):
        assert (sum(shares), len(shares)) == (customers * each, customers)
        assert min(shares) >= 1


def test_by_zipf_the_first_of_20_000_customers_has_a_tenth() -> None:
    assert zipf_shares(20_000, 400_000)[0] / 400_000 == pytest.approx(0.1, abs=0.01)


def test_a_frequent_customer_is_mixed_with_all_others() -> None:
    sent = past(history(50, 1_000, shares=zipf_shares(50, 1_000)))
    halves = [Counter(one.customer for one in half) for half in (sent[:500], sent[500:])]
    [(frequent, _)] = Counter(one.customer for one in sent).most_common(1)
    assert all(half[frequent] > 50 for half in halves)
    assert all(json.loads(one.value)["subject"] == one.customer for one in sent)


@pytest.mark.parametrize("found", [{"one": 1}, {"one": 1, "two": 1}, {"one": 1, "two": 2, "three": 1}, {}])
def test_a_peer_that_publishes_other_flags_fails(found: dict[str, int]) -> None:
    with pytest.raises(WrongFlags, match="a peer"):
        check_flags("a peer", found, {"one": 1, "two": 2})


def test_a_peer_that_publishes_what_it_should_passes() -> None:
    check_flags("a peer", {"two": 2, "one": 1}, {"one": 1, "two": 2})


async def test_the_engine_peer_keeps_the_last_twenty_and_publishes_what_the_rule_asks_for() -> None:
    sent = past(history(10, 400))
    log, projection = MemoryLog({CONTACT_EVENTS.name: 1, FLAGS: 1}), MemoryProjection()
    await log.append([Message(CONTACT_EVENTS.name, one.customer.encode(), one.value) for one in sent])
    claim = await projection.claim(0)
    await projection.save(0, claim.token, None, [], 0)
    lease, handler = Lease(projection, 0, claim.token, 0, None), PeerHandler(log)
    await handler.begin(lease)
    records = log.records(CONTACT_EVENTS.name)
    for first in range(0, len(records), 150):
        await handler.handle(lease, records[first : first + 150])

    published = Counter((record.key or b"").decode() for record in log.records(FLAGS))
    assert published == expected_flags([(one.customer, json.loads(one.value)) for one in sent])
    kept = await lease.read([GetFields(f"entries:{sent[0].customer}", tuple(str(place) for place in range(21)))])
    last = [one.value for one in sent if one.customer == sent[0].customer][-20:]
    assert sorted(value for value in kept[0] if value is not None) == sorted(last)


def test_a_ratio_is_of_medians_and_its_range_of_single_turns() -> None:
    base, mine = Figure("base", "1/s", [10, 20, 30], "base"), Figure("mine", "1/s", [20, 20, 90], "base")
    ratio = Outcome("any", "any", {}, [base, mine]).ratio(mine)
    assert ratio is not None
    assert (ratio.median, ratio.low, ratio.high) == (1.0, 1.0, 3.0)


def test_the_newest_full_results_of_just_that_benchmark_are_reported(tmp_path: Path) -> None:
    for name in ("engines-2026-01-01", "engines-2026-02-01", "engines-2026-03-01-quick", "engines_zipf-2026-04-01"):
        (tmp_path / f"{name}.json").touch()
    assert newest("engines", tmp_path) == tmp_path / "engines-2026-02-01.json"
    assert newest("workers", tmp_path) is None
