"""Redis or Valkey of each service: version, memory policy, our functions, its clock, and what it was filled from."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from shared.projection.server import VERSION
from shared.settings import SettingsError, load
from tools.cli.doctor.finding import Finding
from tools.cli.world import STORED, World

_OLDEST = 7  # FCALL came with Redis 7
_CLOCK_S = 5.0


async def examine_redis(_: World, partitions: int | None) -> list[Finding]:
    """partitions: of the events' topic, None where that is not known."""
    findings: list[Finding] = []
    seen: dict[str, str] = {}
    for service, kind in STORED.items():
        try:
            url = load(kind).redis
        except SettingsError as error:
            findings.append(Finding(f"Redis of {service}", "wrong", "has no address", str(error)))
            continue
        if url not in seen:
            seen[url] = service
            findings += await _server(url, service)
        findings += await _filled_from(url, service, partitions)
    return findings


async def _server(url: str, service: str) -> list[Finding]:
    subject = f"Redis of {service}"
    try:
        async with _connected(url) as client:
            info = await client.info()
            libraries = await client.function_list("ashiato_*")
            seconds, microseconds = await client.time()
    except (RedisError, OSError, ValueError) as error:
        # Without the address: it may hold a password.
        mend = f"start it (`make up`), or set ASHIATO_REDIS or ASHIATO_{service.upper()}_REDIS"
        return [Finding(subject, "wrong", f"does not answer ({type(error).__name__})", mend)]
    offset = seconds + microseconds / 1_000_000 - time.time()
    return [_version(subject, info), _policy(subject, info), _functions(subject, libraries), _clock(subject, offset)]


def _version(subject: str, info: dict[str, Any]) -> Finding:
    name = "Valkey" if "valkey_version" in info else "Redis"
    version = str(info.get("valkey_version") or info.get("redis_version"))
    told = f"{name} {version}, {info.get('used_memory_human')} used of {info.get('maxmemory_human')} (0B: no limit)"
    release = version.partition(".")[0]
    if release.isdigit() and int(release) < _OLDEST:
        return Finding(subject, "wrong", told, "needs Redis 7 or Valkey: older ones have no functions")
    return Finding(subject, "ok", told)


def _policy(subject: str, info: dict[str, Any]) -> Finding:
    policy = info.get("maxmemory_policy")
    if policy == "noeviction":
        return Finding(subject, "ok", "keeps what it was given (noeviction)")
    mend = "set maxmemory-policy to noeviction: an evicted timeline looks like a customer who never came"
    return Finding(subject, "wrong", f"forgets when it is full ({policy})", mend)


def _functions(subject: str, libraries: list[Any]) -> Finding:
    names = sorted(_name(one) for one in libraries)
    if any(name.endswith(VERSION) for name in names):
        return Finding(subject, "ok", f"has our functions ({', '.join(names)})")
    told = f"has other versions of our functions ({', '.join(names)})" if names else "has none of our functions yet"
    return Finding(subject, "note", told, "workers load them when they start")


def _name(library: Any) -> str:
    """From the flat list (RESP2) or the map (RESP3) that FUNCTION LIST answers."""
    fields = library if isinstance(library, dict) else dict(zip(library[::2], library[1::2], strict=True))
    name = fields.get(b"library_name") or fields.get("library_name") or b""
    return name.decode() if isinstance(name, bytes) else str(name)


def _clock(subject: str, offset: float) -> Finding:
    told = f"its clock is {offset:+.1f} s from ours"
    if abs(offset) > _CLOCK_S:
        return Finding(subject, "wrong", told, "set both clocks (NTP): promises are announced by the clock")
    return Finding(subject, "ok", told)


async def _filled_from(url: str, service: str, partitions: int | None) -> list[Finding]:
    """Customers would be looked for in the wrong partition if the topic's count had changed."""
    try:
        async with _connected(url) as client:
            remembered = await client.get(f"{{{service}}}.partitions")
    except (RedisError, OSError, ValueError):
        return []
    subject = f"Redis of {service}"
    if remembered is None:
        return [Finding(subject, "note", f"nothing of {service} yet", f"start the {service} worker")]
    if partitions is not None and int(remembered) != partitions:
        mend = "restore the topic's count, or begin with an empty store"
        return [Finding(subject, "wrong", f"filled from {int(remembered)} partitions, there are {partitions}", mend)]
    return [Finding(subject, "ok", f"filled from {int(remembered)} partitions")]


@asynccontextmanager
async def _connected(url: str) -> AsyncIterator[Redis]:
    client = Redis.from_url(url, socket_timeout=5.0, socket_connect_timeout=2.0, protocol=2)
    try:
        yield client
    finally:
        await client.aclose()
