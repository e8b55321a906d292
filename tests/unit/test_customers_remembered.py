"""How many customers' states are remembered: as many as a process has room for, however many partitions it reads."""

import pytest

from shared.customers.customers import Customers
from shared.projection import GetValue
from tests.asked import Asked
from tests.histories import builders
from tests.unit.test_customers import Filed, StoryFold, at


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
