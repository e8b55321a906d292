"""What may happen to workers, store and log while events come in; hypothesis draws when."""

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from hypothesis import strategies as st

from shared.event_log.log import Message
from shared.stream.memory import Fault
from tests.histories.builders import Event
from tests.properties.worlds import AppendFault, World


class Trouble(StrEnum):
    """Besides the faults that saves and appends meet."""

    JOIN = "another worker joins"
    KILL = "a worker is killed"
    FREEZE = "a worker stands still and loses its partitions"
    THAW = "it goes on, too late"
    EMPTY = "the store loses everything"
    SETTLE = "all is read"
    BREATHE = "some of it is read"


WITHOUT_ZOMBIES = [one for one in Trouble if one not in (Trouble.FREEZE, Trouble.THAW)]


class Plan(NamedTuple):
    """`troubles`: what happens after so many events. The faults meet saves and appends one after the other."""

    chunk_size: int
    troubles: list[tuple[int, Trouble]]
    save_faults: list[Fault]
    append_faults: list[AppendFault]


def plans(
    *,
    troubles: Sequence[Trouble] = tuple(Trouble),
    save_faults: Sequence[Fault] = tuple(Fault),
    append_faults: Sequence[AppendFault] = tuple(AppendFault),
) -> st.SearchStrategy[Plan]:
    return st.builds(
        Plan,
        st.integers(1, 4),
        st.lists(st.tuples(st.integers(0, 30), st.sampled_from(troubles)), max_size=8),
        st.lists(st.sampled_from(save_faults), max_size=16) if save_faults else st.just([]),
        st.lists(st.sampled_from(append_faults), max_size=4) if append_faults else st.just([]),
    )


UNTROUBLED = Plan(500, [], [], [])


async def play(world: World, log: Sequence[Event | Message], plan: Plan) -> None:
    """Send the log, event by event, while the plan's troubles happen; in the end all is read."""
    await world.join(plan.save_faults)
    world.log.faults.extend(plan.append_faults)
    for sent in range(len(log) + 1):
        for at, trouble in plan.troubles:
            if at == sent or (sent == len(log) and at > sent):
                await happen(world, trouble)
        await world.send(log[sent : sent + 1])
    world.thaw()
    await world.settle()


async def happen(world: World, trouble: Trouble) -> None:
    match trouble:
        case Trouble.JOIN:
            await world.join()
        case Trouble.KILL if len(world.able()) > 1:
            await world.kill(world.able()[0])
        case Trouble.FREEZE if len(world.able()) > 1:
            await world.freeze(world.able()[0])
        case Trouble.THAW:
            world.thaw()
        case Trouble.EMPTY:
            world.projection.lose()
        case Trouble.SETTLE:
            await world.settle()
        case _:
            await world.breathe()
