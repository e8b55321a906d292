"""The projection on a cluster of three masters: the same suite, and what only a cluster does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from redis.asyncio import Redis

from shared.projection import GetValue, Projection, ProjectionUnavailable, SetValue
from shared.projection.redis import RedisProjection
from shared.projection.tags import SLOTS, hash_tag, slot_of
from tests.suites.projection_at_once import AtOnceSuite
from tests.suites.projection_suite import ProjectionSuite, ask, first_save
from tests.waiting import eventually
from tools.stack import LOOPBACK, Valkey, free_ports

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import NewName

MASTERS = 3


@pytest.fixture(scope="module")
def masters(server_folder: Path) -> Iterator[list[Valkey]]:
    # The default bus port lies 10,000 above, where the kernel takes ports for anybody's connections.
    drawn = free_ports(2 * MASTERS)
    ports, buses = drawn[:MASTERS], drawn[MASTERS:]
    nodes = [
        Valkey(
            server_folder / f"cluster-{number}",
            port=port,
            options={"cluster-enabled": "yes", "cluster-node-timeout": "2000", "cluster-port": str(bus)},
        )
        for number, (port, bus) in enumerate(zip(ports, buses, strict=True))
    ]
    try:
        for node in nodes:
            node.start()
        asyncio.run(_join(nodes, buses))
        yield nodes
    finally:
        for node in nodes:
            node.kill()


async def _join(nodes: list[Valkey], buses: list[int]) -> None:
    clients: list[Any] = [Redis(port=node.port, protocol=2) for node in nodes]
    for number, client in enumerate(clients):
        first, last = number * SLOTS // MASTERS, (number + 1) * SLOTS // MASTERS - 1
        await client.execute_command("CLUSTER ADDSLOTSRANGE", first, last)
        await client.execute_command("CLUSTER SET-CONFIG-EPOCH", number + 1)
        await clients[0].execute_command("CLUSTER MEET", LOOPBACK, nodes[number].port, buses[number])

    async def joined() -> bool:
        states = [await client.execute_command("CLUSTER INFO") for client in clients]
        return all(state["cluster_state"] == "ok" and int(state["cluster_known_nodes"]) == MASTERS for state in states)

    await eventually(joined, 20.0)
    for client in clients:
        await client.aclose()


class TestClusterProjection(ProjectionSuite, AtOnceSuite):
    @pytest.fixture
    async def projection(self, masters: list[Valkey], new_tag: NewName) -> AsyncIterator[Projection]:
        projection = RedisProjection(masters[0].url, service=new_tag(), partitions=4, cluster=True)
        await projection.start()
        yield projection
        await projection.stop()


async def test_partitions_spread_over_the_masters(masters: list[Valkey], new_tag: NewName) -> None:
    projection = RedisProjection(masters[0].url, service=new_tag(), partitions=6, cluster=True)
    for partition in range(6):
        await first_save(projection, SetValue("x", b"%d" % partition), partition=partition)
    assert [await ask(projection, GetValue("x"), partition=number) for number in range(6)] == [
        [b"%d" % number] for number in range(6)
    ]
    await projection.stop()
    per_master = [slot_of(hash_tag(projection.service, number, 6)) * MASTERS // SLOTS for number in range(6)]
    assert per_master == [0, 0, 1, 1, 2, 2]


async def test_a_slot_that_moves_to_another_master_is_found_there(masters: list[Valkey], new_tag: NewName) -> None:
    projection = RedisProjection(masters[0].url, service=new_tag(), partitions=3, cluster=True)
    assert (await projection.claim(0)).next is None
    await projection.wipe(0)
    await _give_away(masters, slot_of(hash_tag(projection.service, 0, 3)))
    await first_save(projection, SetValue("x", b"1"), next=4)
    assert await projection.status(0) == {"next": "4"}
    await projection.stop()


async def test_a_master_that_is_away_is_unavailable_and_found_again(masters: list[Valkey], new_tag: NewName) -> None:
    projection = RedisProjection(masters[0].url, service=new_tag(), partitions=3, cluster=True, timeout=1.0)
    for partition in range(MASTERS):
        await projection.claim(partition)
    await asyncio.to_thread(masters[1].kill)
    with pytest.raises(ProjectionUnavailable):
        await projection.claim(1)
    await asyncio.to_thread(masters[1].start)

    async def found() -> bool:
        try:
            return (await projection.claim(1)).next is None
        except ProjectionUnavailable:
            return False

    assert await eventually(found, 20.0)
    await projection.stop()


async def _give_away(masters: list[Valkey], slot: int) -> None:
    """Reshard one slot from the first master to the last, once no earlier test's keys are in it."""
    clients: list[Any] = [Redis(port=node.port, protocol=2) for node in masters]
    await clients[0].flushall()
    owner = (await clients[-1].execute_command("CLUSTER MYID")).decode()
    for client in (clients[-1], *clients[:-1]):
        await client.execute_command("CLUSTER SETSLOT", slot, "NODE", owner)
    for client in clients:
        await client.aclose()
