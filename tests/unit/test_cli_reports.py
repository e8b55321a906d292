"""`ashiato report` and `ashiato digest`: pages add up to the whole."""

import json
from hashlib import sha256
from typing import Any

import httpx
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.cli_world import Outside, pages
from tools.cli.reports import added

ONE = "1" * 64
TWO = "2" * 64


def a_part(times: int = 1) -> dict[str, Any]:
    counting = {
        "handoffs_at_least": {"1": 3 * times, "2": 2 * times, "3": times},
        "direct_return": {"issues": times, "times": 2 * times},
        "any_return": {"issues": times},
    }
    flags = {"ping_pong": times, "runaround": 2 * times}
    return {"issues": 10 * times, "with_desk": 9 * times, "raw": counting, "ours": counting, "flags": flags}


counts = st.dictionaries(st.sampled_from("abc"), st.integers(0, 9))
partial = st.fixed_dictionaries({"n": st.integers(0, 9), "m": counts})


@given(st.lists(partial, min_size=1), st.data())
def test_partial_sums_add_up_however_they_are_cut(parts: list[dict[str, Any]], data: st.DataObject) -> None:
    def total(several: list[dict[str, Any]]) -> dict[str, Any]:
        summed: dict[str, Any] = {}
        for one in several:
            summed = added(summed, one)
        return summed

    cut = data.draw(st.integers(0, len(parts)))
    assert added(total(parts[:cut]), total(parts[cut:])) == total(parts)
    assert total(parts)["n"] == sum(part["n"] for part in parts)


def test_handoffs_as_json_have_the_contract_s_shape_and_no_paging() -> None:
    outside = Outside()
    outside.answers["journey", "/reports/handoffs"] = pages(a_part(), a_part(2))

    assert outside.ashiato("report", "handoffs", "--json") == 0
    assert json.loads(outside.out) == a_part(3)


def test_handoffs_for_people() -> None:
    outside = Outside()
    outside.answers["journey", "/reports/handoffs"] = pages(a_part(1000))

    assert outside.ashiato("report", "handoffs") == 0
    assert "10,000 issues, 9,000 with a desk" in outside.out
    assert "Flags: 1,000 ping_pong, 2,000 runaround" in outside.out


def test_promises_as_of_a_time_without_zone_are_asked_for_in_utc() -> None:
    outside = Outside()
    outside.answers["followup", "/reports/promises"] = pages({"kept": 1, "late": 0}, {"kept": 2, "late": 5})

    assert outside.ashiato("report", "promises", "--as-of", "2016-01-12T22:22:40", "--json") == 0
    assert json.loads(outside.out) == {"kept": 3, "late": 5}
    assert outside.asked[0].url.params["as_of"] == "2016-01-12T22:22:40Z"


def test_a_time_that_is_none_is_bad_input() -> None:
    outside = Outside()

    assert outside.ashiato("report", "promises", "--as-of", "yesterday") == 2
    assert outside.ashiato("report", "promises") == 2


def test_the_digest_over_all_is_that_of_all_customers_whatever_the_page() -> None:
    outside = Outside()
    over_all = sha256(f'{{"a":"{ONE}","b":"{TWO}"}}'.encode()).hexdigest()

    for cut in (
        pages({"items": {"b": TWO}}, {"items": {}}, {"items": {"a": ONE}}),
        pages({"items": {"a": ONE, "b": TWO}}),
    ):
        outside.answers["journey", "/digests"] = cut
        assert outside.ashiato("digest", "--as-of", "2026-01-01T00:00:00Z") == 0
        assert outside.out == f"{ONE}  a\n{TWO}  b\n{over_all}  all 2 customers\n"


def test_digest_as_json_prints_what_was_hashed() -> None:
    outside = Outside()
    content = {"events": [["s", "1"]], "issues": {}, "flags": [], "promises": {"p": ["open", None]}}
    hexed = sha256(b'{"events":[["s","1"]],"flags":[],"issues":{},"promises":{"p":["open",null]}}').hexdigest()
    outside.answers["journey", "/digests"] = pages({"items": {"a": content}})

    assert outside.ashiato("digest", "--as-of", "2026-01-01", "--json") == 0

    told = json.loads(outside.out)
    assert told["customers"] == {"a": {"digest": hexed, "content": content}}
    assert told["digest"] == sha256(f'{{"a":"{hexed}"}}'.encode()).hexdigest()
    assert outside.asked[0].url.params["content"] == "true"


def test_digest_of_one_customer() -> None:
    outside = Outside()
    answer = {"customer_id": "a", "digest": ONE, "content": {}}
    outside.answers["journey", "/journeys/a/digest"] = httpx.Response(200, json=answer)

    assert outside.ashiato("digest", "--as-of", "2026-01-01", "--customer", "a") == 0
    assert outside.out == f"{ONE}  a\n"


def test_progress_is_told_on_stderr_when_asked_for() -> None:
    outside = Outside()
    outside.answers["journey", "/digests"] = pages({"items": {}}, {"items": {}})

    assert outside.ashiato("digest", "--as-of", "2026-01-01", "--progress") == 0
    assert outside.err.splitlines() == ["reading ...", "reading 50 %", "reading 100 %"]
