"""`ashiato digest`: what two runs are compared by. Source: definitions.md, "Digest"."""

from collections.abc import AsyncIterator
from datetime import datetime
from hashlib import sha256
from typing import Any
from urllib.parse import quote

from shared.events import rfc3339
from shared.events.canonical import canonical
from tools.cli.api import Api
from tools.cli.progress import Watch, progress_bar
from tools.cli.world import World

Json = dict[str, Any]


async def show_digest(
    world: World, as_of: datetime, *, customer: str | None, as_json: bool, patience: float, progress: bool | None
) -> None:
    """As sha256sum prints: hex digest and customer, the digest over all in the last line. Raises Unavailable.

    as_json: what was hashed as well. Memory: some 200 bytes a customer (with as_json all of the contents).
    """
    asked = {"as_of": rfc3339(as_of)}
    with progress_bar(progress, world.output.err) as watch:
        async with world.api("journey", patience) as api:
            if customer is not None:
                await _show_one(world, api, customer, asked, as_json=as_json)
            elif as_json:
                await _show_contents(world, api, asked, watch)
            else:
                await _show_digests(world, api, asked, watch)


async def _show_one(world: World, api: Api, customer: str, asked: Json, *, as_json: bool) -> None:
    found = await api.get(f"/journeys/{quote(customer, safe='')}/digest", **asked)
    if as_json:
        world.output.json({**asked, **found})
    else:
        world.output.line(f"{found['digest']}  {found['customer_id']}")


async def _show_contents(world: World, api: Api, asked: Json, watch: Watch) -> None:
    customers = {
        customer: {"digest": digest_of(content), "content": content}
        async for customer, content in _swept(api, {**asked, "content": True}, watch)
    }
    over_all = digest_of({customer: one["digest"] for customer, one in customers.items()})
    world.output.json({**asked, "digest": over_all, "customers": dict(sorted(customers.items()))})


async def _show_digests(world: World, api: Api, asked: Json, watch: Watch) -> None:
    digests = {customer: digest async for customer, digest in _swept(api, asked, watch)}
    for customer, digest in sorted(digests.items()):
        world.output.raw(f"{digest}  {customer}\n")
    world.output.raw(f"{digest_of(digests)}  all {len(digests)} customers\n")


async def _swept(api: Api, asked: Json, watch: Watch) -> AsyncIterator[tuple[str, Any]]:
    watch.begin("reading", 1000)
    async for page in api.pages("/digests", limit=500, **asked):
        for customer, item in page["items"].items():
            yield customer, item
        watch.at(int(1000 * page.get("progress", 0)))


def digest_of(value: Json) -> str:
    """Hex SHA-256 of the canonical JSON: of a customer's content, or of {customer id: hex digest} over all."""
    return sha256(canonical(value)).hexdigest()
