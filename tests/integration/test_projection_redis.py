"""What only a real server does: it forgets, fills up, goes away, comes back empty, and is spread over several."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import msgpack
import pytest
from redis.asyncio import Redis

from shared.projection import (
    GetFields,
    GetValue,
    ListLength,
    ListRange,
    Lost,
    Projection,
    ProjectionFault,
    ProjectionUnavailable,
    Read,
    SetValue,
    Splice,
)
from shared.projection.redis import RedisProjection
from shared.projection.server import Server
from tests.suites.projection_suite import ask, first_save

if TYPE_CHECKING:
    from tests.conftest import NewName, OwnValkey
    from tools.stack import Valkey


@asynccontextmanager
async def projection_on(url: str, service: str = "test", **settings: Any) -> AsyncIterator[RedisProjection]:
    projection = RedisProjection(url, service=service, partitions=4, **settings)
    try:
        yield projection
    finally:
        await projection.stop()


@asynccontextmanager
async def client_of(url: str) -> AsyncIterator[Redis]:
    client = Redis.from_url(url, protocol=2)
    try:
        yield client
    finally:
        await client.aclose()


async def test_a_server_without_the_functions_gets_them_on_the_first_call(own_valkey: OwnValkey) -> None:
    async with projection_on(own_valkey().url) as projection:
        assert await projection.status(0) == {}


async def test_so_do_several_calls_at_once(own_valkey: OwnValkey) -> None:
    async with projection_on(own_valkey().url) as projection:
        assert await asyncio.gather(*(projection.status(partition) for partition in range(4))) == [{}, {}, {}, {}]


@pytest.mark.parametrize("partition", [0, 1])
@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        (ListRange("x", start="first"), ProjectionFault),  # type: ignore[arg-type]
        (GetValue("\ud800"), UnicodeEncodeError),
        (GetFields("x", fields=["unhashable"]), None),  # type: ignore[arg-type]
    ],
)
async def test_who_asks_what_is_refused_keeps_nobody_else_from_an_answer(
    own_valkey: OwnValkey, partition: int, wrong: Read[Any], error: type[Exception] | None
) -> None:
    async with projection_on(own_valkey().url) as projection:
        await first_save(projection, SetValue("x", b"1"), partition=1)
        asked = ask(projection, wrong, partition=partition), ask(projection, GetValue("x"), partition=1)
        found: list[Any] = await asyncio.gather(*asked, return_exceptions=True)
        assert found[0] == [[None]] if error is None else isinstance(found[0], error)
        assert found[1] == [b"1"]


async def test_a_server_that_is_away_is_away_for_everybody_who_asks(own_valkey: OwnValkey) -> None:
    server = own_valkey()
    async with projection_on(server.url) as projection:
        await first_save(projection, SetValue("x", b"1"))
        await asyncio.to_thread(server.stop)
        found = await asyncio.gather(*map(projection.status, (0, 0, 1)), return_exceptions=True)
        assert [type(one) for one in found] == [ProjectionUnavailable] * 3


async def test_a_server_that_comes_back_empty_says_lost_and_is_filled_again(own_valkey: OwnValkey) -> None:
    server = own_valkey()
    async with projection_on(server.url) as projection:
        token = await first_save(projection, SetValue("x", b"1"))
        await asyncio.to_thread(server.restart, empty=True)
        with pytest.raises(Lost):
            await projection.save(0, token, 1, [], 2)
        await first_save(projection, SetValue("x", b"2"))
        assert await ask(projection, GetValue("x")) == [b"2"]


async def test_a_flushed_server_says_lost(own_valkey: OwnValkey) -> None:
    server = own_valkey()
    async with projection_on(server.url) as projection, client_of(server.url) as client:
        token = await first_save(projection, SetValue("x", b"1"))
        await client.flushall()
        with pytest.raises(Lost):
            await projection.beat(0, token, 1, {"end": "9"})
        assert await projection.status(0) == {}


async def test_a_server_that_is_away_is_unavailable_and_its_address_is_not_told(own_valkey: OwnValkey) -> None:
    server = own_valkey()
    await asyncio.to_thread(server.stop)
    async with projection_on(server.url.replace("redis://", "redis://me:secret@")) as projection:
        for attempt in (projection.start, lambda: projection.claim(0), lambda: projection.wipe(0)):
            with pytest.raises(ProjectionUnavailable) as trouble:
                await attempt()
            assert "secret" not in str(trouble.value)
            assert str(server.port) not in str(trouble.value)


async def test_a_server_that_hangs_is_unavailable_after_the_timeout(own_valkey: OwnValkey) -> None:
    server = own_valkey()
    async with projection_on(server.url, timeout=0.3) as projection, client_of(server.url) as client:
        token = await first_save(projection)
        await client.client_pause(1_500)
        with pytest.raises(ProjectionUnavailable):
            await projection.save(0, token, 1, [SetValue("x", b"1")], 2)


async def test_a_full_server_is_unavailable_and_keeps_all_or_nothing(own_valkey: OwnValkey) -> None:
    server = own_valkey({"maxmemory": "4mb"})
    async with projection_on(server.url) as projection, client_of(server.url) as client:
        token = await first_save(projection, SetValue("x", b"1"))
        await client.config_set("maxmemory", "1")
        with pytest.raises(ProjectionUnavailable, match=r"OOM|OutOfMemory"):
            await projection.save(0, token, 1, [SetValue("x", b"2")], 2)
        assert await ask(projection, GetValue("x")) == [b"1"]
        await client.config_set("maxmemory", "0")
        await projection.save(0, token, 1, [SetValue("x", b"2")], 2)


async def test_leftovers_of_a_partition_without_a_position_are_swept_by_the_next_owner(
    valkey: Valkey, new_tag: NewName
) -> None:
    async with projection_on(valkey.url, new_tag()) as projection, client_of(valkey.url) as client:
        many = [SetValue(f"x{number}", b"1") for number in range(2_500)]
        await first_save(projection, *many, Splice("l", 0, [b"a"]))
        await first_save(projection, SetValue("kept", b"1"), partition=1)
        await client.unlink(await _meta_key(client, projection.service, 0))
        assert await ask(projection, GetValue("x7")) == [b"1"]
        assert (await projection.claim(0)).next is None
        assert await ask(projection, GetValue("x7"), ListLength("l")) == [None, 0]
        assert await ask(projection, GetValue("kept"), partition=1) == [b"1"]


async def test_a_late_sweep_spares_what_the_new_owner_has_saved(valkey: Valkey, new_tag: NewName) -> None:
    service = new_tag()
    async with projection_on(valkey.url, service) as projection, client_of(valkey.url) as client:
        await first_save(projection, SetValue("x", b"1"))
        meta = await _meta_key(client, service, 0)
        server = Server(valkey.url, cluster=False, timeout=5.0)
        assert await server.call("sweep", [meta, meta.replace(".meta", ":v:x")]) == b"OCCUPIED"
        await server.stop()
        assert await ask(projection, GetValue("x")) == [b"1"]


@pytest.mark.parametrize(
    "broken",
    [
        b"\xc1",
        msgpack.packb([["set_value", ["x", "2"]], ["set_value", ["y", "2", "x"]]]),
        msgpack.packb([["set_value", ["x", "2"]], ["splice", ["l", -2, []]]]),
        msgpack.packb([["set_value", ["x", "2"]], ["add_members", ["s", ["m", 1]]]]),
        msgpack.packb([["set_value", ["x", "2"]], ["set_score", ["z", "m", "high"]]]),
        msgpack.packb([["set_value", ["x", "2"]], ["unheard_of", ["x"]]]),
    ],
)
async def test_a_save_with_one_broken_write_writes_nothing(valkey: Valkey, new_tag: NewName, broken: bytes) -> None:
    service = new_tag()
    async with projection_on(valkey.url, service) as projection, client_of(valkey.url) as client:
        token = await first_save(projection, SetValue("x", b"1"))
        meta = await _meta_key(client, service, 0)
        server = Server(valkey.url, cluster=False, timeout=5.0)
        with pytest.raises(ProjectionFault):
            await server.call("save", [meta], token, "1", "2", meta.replace(".meta", ":"), broken)
        await server.stop()
        assert await ask(projection, GetValue("x")) == [b"1"]
        assert await projection.status(0) == {"next": "1"}


async def test_fifty_partitions_at_once_wait_for_connections_instead_of_failing(
    valkey: Valkey, new_tag: NewName
) -> None:
    projection: Projection = RedisProjection(valkey.url, service=new_tag(), partitions=200)
    await asyncio.gather(*(first_save(projection, SetValue("x", b"1"), partition=number) for number in range(200)))
    await projection.stop()


async def _meta_key(client: Redis, service: str, partition: int) -> str:
    keys = [key.decode() async for key in client.scan_iter(match=f"{{{service}-{partition}of*.meta")]
    assert len(keys) == 1
    return str(keys[0])
