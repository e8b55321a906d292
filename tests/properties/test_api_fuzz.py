"""Whatever is asked, the APIs answer: with what was asked for, or with what to mend; never with a failure of ours."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from urllib.parse import quote

import httpx
from hypothesis import example, given
from hypothesis import strategies as st

from shared.stream.handler import Handler
from shared.web import write_cursor
from tests.histories.builders import DAY, WEEK, a_contact, a_correction, a_miss, a_promise, an_assignment, moment
from tests.properties.asking import asking_followup, asking_journey, followup_handler, journey_handler
from tests.properties.effort import examples
from tests.properties.poison import HOSTILE_TEXTS
from tests.properties.worlds import World

NUMBER = "7K3M9QX2C"
WRONG = an_assignment(0, desk="tech")
LOG = [
    WRONG,
    a_correction(WRONG, 1, desk="billing"),
    *(an_assignment(n, desk=desk) for n, desk in enumerate("abab", 2)),
    *(an_assignment(n, desk=text[:200], issue_id=text[:200], customer=NUMBER) for n, text in enumerate(HOSTILE_TEXTS)),
    a_contact(0, customer="C:2"),
    a_promise(0, due_by=DAY),
    a_promise(0, promise_id="p2", due_by=3 * WEEK, historic=True),
    a_miss(DAY),
]

texts = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        [*(text[:300] for text in HOSTILE_TEXTS), "c-1", "C:2", NUMBER, "a", "b", "i1", "", ".", "..", "%00"]
    ),
)
ENDS_OF_THE_CALENDAR = ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59.999999-14:00")
times = st.one_of(
    st.datetimes().map(str),
    st.sampled_from([*ENDS_OF_THE_CALENDAR, "2026-03-05", "0", "1e300", "-1", "now"]),
    st.integers().map(str),
    st.floats().map(str),
)
plain = st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text(max_size=9)
values = st.recursive(plain, lambda inner: st.lists(inner, max_size=3), max_leaves=4)
positions = st.one_of(
    st.tuples(st.integers(-(2**63), 2**64 - 1)),
    st.tuples(st.integers(-3, 5), st.integers(-(2**63), 2**64 - 1)),
    st.tuples(st.floats(), st.text(max_size=9)),
    values,
)
lists = st.sampled_from(["events", "flags.raised", "flags.settled", "digests", "handoffs", "promises", "report", "x"])
cursors = st.builds(write_cursor, lists, positions) | texts
switches = st.sampled_from(["true", "false", "1", "yes", ""])
limits = st.sampled_from(["1", "2", "1000", "0", "-1", "1001", "1e2", "９", " 5"]) | texts
parameters = st.fixed_dictionaries(
    {},
    optional={
        "cursor": cursors,
        "limit": limits,
        "kind": st.sampled_from(["ping_pong", "runaround", "missed_promise"]) | texts,
        "state": st.sampled_from(["raised", "settled", "open", "due", "overdue", "missed"]) | texts,
        "desk": texts,
        "lapsed": switches | texts,
        "content": switches | texts,
        "historic": switches | texts,
        "as_of": times | texts,
        "before": times | texts,
    },
)
journey_paths = st.one_of(
    st.sampled_from(["/flags", "/digests", "/reports/handoffs", "/partitions", "/health/ready"]),
    st.builds(
        "/journeys/{}{}".format,
        texts.map(lambda text: quote(text, safe="")),
        st.sampled_from(["", "", "/events", "/digest", "/", "/x"]),
    ),
)
FOLLOWUP_PATHS = ("/promises", "/reports/promises", "/partitions", "/health/ready")
followup_paths = st.sampled_from(FOLLOWUP_PATHS)
tags = st.dictionaries(
    st.just("If-None-Match"), st.sampled_from(["*", '"x"', "W/", ",,"]) | st.text('ab",*', max_size=9)
)

Question = tuple[str, dict[str, str], dict[str, str]]  # path, parameters, headers
Asking = Callable[[World], AbstractAsyncContextManager[httpx.AsyncClient]]


async def ask(handler: Callable[[World], Handler], asking: Asking, questions: list[Question]) -> None:
    async with World(handler) as world, asking(world) as client:
        world.now = moment(2 * DAY)
        await world.join()
        await world.send(LOG)
        await world.settle()
        for path, params, headers in questions:
            answer = await client.get(path, params=params, headers=headers)
            assert answer.status_code in (200, 304, 404, 422), (path, params, answer.status_code)
            if answer.status_code >= 400:
                assert answer.headers["Content-Type"] == "application/problem+json"


def questions(paths: st.SearchStrategy[str]) -> st.SearchStrategy[list[Question]]:
    return st.lists(st.tuples(paths, parameters, tags), min_size=10, max_size=25)


@examples(20)
@given(questions(journey_paths))
@example([("/digests", {"as_of": end}, {}) for end in ENDS_OF_THE_CALENDAR])
@example([("/digests", {"cursor": write_cursor("digests", (-1, 0))}, {})])
async def test_journey_answers_whatever_is_asked(asked: list[Question]) -> None:
    await ask(journey_handler, asking_journey, asked)


@examples(20)
@given(questions(followup_paths))
@example([(path, {"as_of": end, "before": end}, {}) for path in FOLLOWUP_PATHS for end in ENDS_OF_THE_CALENDAR])
async def test_followup_answers_whatever_is_asked(asked: list[Question]) -> None:
    await ask(followup_handler, asking_followup, asked)
