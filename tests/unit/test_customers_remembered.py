"""What is remembered from one chunk to the next: only what was saved, and of as many customers as a process has room
for, however many partitions it reads."""

import pytest

from shared.customers.customer import Accepted
from shared.customers.customers import REMEMBERED_STEPS, Customers
from shared.customers.incoming import wanted
from shared.projection import GetValue, ListRange
from tests.asked import Asked
from tests.histories import builders
from tests.unit.test_customers import ACCEPTED, DUPLICATE, Filed, Story, StoryFold, at, received, received_by


def of_each(second: float) -> list[builders.Event]:
    return [{**at(second, f"{number}-{second}"), "subject": f"c-{number}"} for number in range(4)]


@pytest.mark.parametrize(("sharing", "read_again"), [(1, 0), (2, 2), (3, 3), (9, 4)])
async def test_partitions_share_the_room_and_the_latest_stay(sharing: int, read_again: int) -> None:
    file, store = Filed(Customers(StoryFold(), remembered=4)), Asked()
    file.projection = store
    await file.chunk(*of_each(1))
    file.customers.remember([], sharing=sharing)
    store.reads.clear()
    await file.chunk(*of_each(2))
    asked = [one.name for one in store.reads if isinstance(one, GetValue)]
    assert asked == [f"state:c-{number}" for number in range(read_again)]


async def test_who_came_again_stays_and_who_came_longest_ago_goes() -> None:
    file, store = Filed(Customers(StoryFold(), remembered=4)), Asked()
    file.projection = store
    await file.chunk(*of_each(1))
    await file.chunk(of_each(2)[0])
    file.customers.remember([], sharing=4)
    store.reads.clear()
    await file.chunk(*of_each(3))
    assert [one.name for one in store.reads if isinstance(one, GetValue)] == ["state:c-1", "state:c-2", "state:c-3"]


class LongFold(StoryFold):
    """Every story is a long one, of which something was put away."""

    def parts(self, state: Story) -> int:  # noqa: ARG002
        return 1


@pytest.mark.parametrize(
    ("sharing", "reads_all"), [(1, False), (REMEMBERED_STEPS, False), (REMEMBERED_STEPS + 1, True)]
)
async def test_what_comes_late_to_a_long_story_goes_by_the_remembered_steps(sharing: int, reads_all: bool) -> None:
    file, store = Filed(Customers(LongFold())), Asked()
    file.projection = store
    await file.chunk(at(1, "a"), at(2, "b"), at(3, "c"))
    await file.chunk(at(5, "e"))
    file.customers.remember([], sharing=sharing)
    store.reads.clear()
    await file.chunk(at(4, "d"))
    assert any(isinstance(one, ListRange) for one in store.reads) is reads_all
    assert await file.ids() == ["a", "b", "c", "d", "e"]


async def test_what_was_received_and_not_saved_is_remembered_by_nobody() -> None:
    file = Filed()
    await file.chunk(at(1, "a"))
    lease, lost = await file.lease(), received(at(2, "b"), 1)
    customer = (await file.customers.load(lease, wanted([lost])))["c-1"]
    assert isinstance(await received_by(customer, lost), Accepted)
    await file.customers.writes(lease, [customer])
    assert await file.chunk(at(3, "c"), at(2, "b")) == [ACCEPTED, ACCEPTED]
    assert await file.ids() == ["a", "b", "c"]


async def test_no_step_is_remembered_of_what_was_not_saved() -> None:
    """What comes late to a long story is folded from there."""
    file = Filed(Customers(LongFold()))
    await file.chunk(at(1, "a"), at(3, "c"))
    lease, lost = await file.lease(), received(at(5, "e"), 2)
    [customer] = (await file.customers.load(lease, wanted([lost]))).values()
    assert isinstance(await received_by(customer, lost), Accepted)
    assert await file.chunk(at(2, "b"), at(4, "d")) == [ACCEPTED, ACCEPTED]
    assert await file.ids() == ["a", "b", "c", "d"]
    assert await file.chunk(at(5, "e"), at(5, "e")) == [ACCEPTED, DUPLICATE]
    assert await file.ids() == ["a", "b", "c", "d", "e"]


async def test_each_customer_of_a_chunk_gets_what_is_its_own() -> None:
    """One who is remembered, one to be read, one whom another version has stored, and a new one."""

    def of(number: int, second: float) -> builders.Event:
        return {**at(second, f"{number}-{second}"), "subject": f"c-{number}"}

    file = Filed(Customers(StoryFold("old")))
    await file.chunk(of(1, 1), of(1, 2))
    file.customers = Customers(StoryFold("1"), remembered=1)
    await file.chunk(of(2, 1), of(2, 2))
    await file.chunk(of(3, 1))
    told = [of(number, second) for second in (2, 3) for number in (4, 3, 2, 1)]
    assert await file.chunk(*told) == [
        ACCEPTED, ACCEPTED, DUPLICATE, DUPLICATE, ACCEPTED, ACCEPTED, ACCEPTED, ACCEPTED,
    ]  # fmt: skip
    wanted_ids = {1: (1, 2, 3), 2: (1, 2, 3), 3: (1, 2, 3), 4: (2, 3)}
    for number, seconds in wanted_ids.items():
        ids = [f"{number}-{second}" for second in seconds]
        story = await file.story(f"c-{number}")
        assert story is not None
        assert await file.ids(f"c-{number}") == [one.id for one in story.ids] == ids


async def test_who_is_remembered_goes_on_as_who_is_read() -> None:
    remembering, reading = Filed(), Filed(Customers(StoryFold(), remembered=0))
    told = [at(second, f"{second:03}") for second in (1, 3, 2, 40, *range(4, 39), 2, 41)]
    for file in (remembering, reading):
        verdicts = [one for event in told for one in await file.chunk(event)]
        assert verdicts == [ACCEPTED if n != len(told) - 2 else DUPLICATE for n in range(len(told))]
    assert await remembering.entries() == await reading.entries()
    assert await remembering.story() == await reading.story()
