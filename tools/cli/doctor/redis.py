"""Redis or Valkey of each service, every master of a cluster: asked here, judged in tools.cli.doctor.store_rules."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

from redis.asyncio import Redis, RedisCluster
from redis.exceptions import NoPermissionError, RedisError

from services.followup.settings import FollowupSettings
from services.journey.settings import JourneySettings
from shared.projection.connection import redis_security
from shared.projection.server import why
from shared.settings import SettingsError, load
from tools.cli.doctor.finding import Finding
from tools.cli.doctor.store_rules import StoreFacts, remembered_finding, store_findings, transport_finding
from tools.cli.world import STORED, World

Stored = JourneySettings | FollowupSettings


async def examine_redis(_: World, partitions: int | None) -> list[Finding]:
    """partitions: of the events' topic, None where that is not known."""
    findings: list[Finding] = []
    seen: set[str] = set()
    for service, kind in STORED.items():
        try:
            settings = load(kind)
        except SettingsError as error:
            findings.append(Finding(f"Redis of {service}", "error", "has no address", str(error)))
            continue
        if settings.redis not in seen:
            seen.add(settings.redis)
            findings += [transport_finding(f"Redis of {service}", settings.redis)]
            findings += await _servers(settings, service)
        findings += await _remembered(settings, service, partitions)
    return findings


async def _servers(settings: Stored, service: str) -> list[Finding]:
    subject = f"Redis of {service}"
    try:
        addresses = await _masters(settings) if settings.redis_cluster else [settings.redis]
        findings: list[Finding] = []
        for number, address in enumerate(addresses, start=1):
            name = subject if len(addresses) == 1 else f"{subject}, {number} of {len(addresses)}"
            findings += store_findings(name, await _asked(address, settings), cluster=settings.redis_cluster)
    except NoPermissionError as error:
        told = f"our user may not ask all that there is to know ({str(error)[:120]})"
        return [Finding(subject, "warning", told, "run the doctor as a user of its own (docs/operations.md)")]
    except (RedisError, OSError, ValueError) as error:
        # Without the address: it may hold a password.
        mend = f"start it (`make up`), or set ASHIATO_REDIS or ASHIATO_{service.upper()}_REDIS"
        return [Finding(subject, "error", f"does not answer ({why(error)})", mend)]
    return findings


async def _asked(address: str, settings: Stored) -> StoreFacts:
    async with _connected(address, settings) as client:
        info = await client.info()
        libraries = [_name(one) for one in await client.function_list("ashiato_*")]
        seconds, microseconds = await client.time()
    return StoreFacts(info, tuple(sorted(libraries)), seconds + microseconds / 1_000_000 - time.time())


async def _masters(settings: Stored) -> list[str]:
    """The address of each, with our user and password."""
    cluster = _cluster(settings)
    try:
        await cluster.initialize()
        nodes = [(node.host, node.port) for node in cluster.get_primaries()]
    finally:
        await cluster.aclose()
    given = urlsplit(settings.redis)
    login = given.netloc.rpartition("@")[0]
    return [given._replace(netloc=f"{login}@{host}:{port}".lstrip("@")).geturl() for host, port in sorted(nodes)]


async def _remembered(settings: Stored, service: str, partitions: int | None) -> list[Finding]:
    key = f"{{{service}}}.partitions"
    try:
        if settings.redis_cluster:
            cluster = _cluster(settings)
            try:
                found = await cluster.get(key)
            finally:
                await cluster.aclose()
        else:
            async with _connected(settings.redis, settings) as client:
                found = await client.get(key)
    except (RedisError, OSError, ValueError):
        return []  # said already
    return [remembered_finding(service, None if found is None else int(found), partitions)]


def _cluster(settings: Stored) -> RedisCluster:
    return RedisCluster.from_url(settings.redis, **_arguments(settings))


@asynccontextmanager
async def _connected(address: str, settings: Stored) -> AsyncIterator[Redis]:
    client = Redis.from_url(address, **_arguments(settings))
    try:
        yield client
    finally:
        await client.aclose()


def _arguments(settings: Stored) -> dict[str, Any]:
    patience = {"socket_timeout": 5.0, "socket_connect_timeout": 2.0}
    return {**patience, "protocol": 2, "driver_info": None, **redis_security(settings.redis, settings.redis_ca)}


def _name(library: Any) -> str:
    """From the flat list (RESP2) or the map (RESP3) that FUNCTION LIST answers."""
    fields = library if isinstance(library, dict) else dict(zip(library[::2], library[1::2], strict=True))
    name = fields.get(b"library_name") or fields.get("library_name") or b""
    return name.decode() if isinstance(name, bytes) else str(name)
