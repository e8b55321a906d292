"""A customer's file does not depend on the way its events take: chunks, copies, caches, fingerprints that collide."""

from collections.abc import Callable
from hashlib import blake2b

from hypothesis import given
from hypothesis import strategies as st

from shared.customers.customer import Known
from shared.customers.customers import Customers
from shared.customers.entry import fingerprint
from tests import oracle
from tests.histories.builders import Event
from tests.histories.histories import histories
from tests.properties.effort import examples
from tests.unit.test_customers import Filed, StoryFold

Log = list[Event]


def one_of_four(source: str, event_id: str) -> bytes:
    """A fingerprint so small that many identities share it."""
    return bytes([blake2b(repr((source, event_id)).encode(), digest_size=1).digest()[0] % 4])


@examples(70)
@given(
    histories(restamped=True, conflicts=True),
    st.integers(1, 30),
    st.integers(0, 2),
    st.sampled_from([fingerprint, one_of_four]),
)
async def test_every_fact_is_filed_once_and_in_order(
    log: Log, size: int, remembered: int, mark_of: Callable[[str, str], bytes]
) -> None:
    file = Filed(Customers(StoryFold(), remembered), mark_of)
    verdicts = [verdict for n in range(0, len(log), size) for verdict in await file.chunk(*log[n : n + size])]
    accepted = oracle.accept(log)
    assert [n for n, verdict in enumerate(verdicts) if verdict is Known.DUPLICATE] == list(accepted.duplicates)
    assert [n for n, verdict in enumerate(verdicts) if verdict is Known.CONFLICT] == list(accepted.conflicts)
    for customer_id, facts in oracle.by_customer(accepted.facts).items():
        in_order = sorted(facts, key=lambda fact: fact.place)
        story = await file.story(customer_id)
        assert await file.ids(customer_id) == [fact.id for fact in in_order]
        assert story is not None
        assert list(story.ids) == [fact.key for fact in in_order]
