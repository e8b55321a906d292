"""Redis or Valkey behind the projection, one server or a cluster: call a function of our library, load it where it is
missing, and tell "not now" from "never"."""

from __future__ import annotations

import asyncio
import hashlib
import re
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import structlog
from redis.asyncio import BlockingConnectionPool, Redis, RedisCluster
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import (
    AuthenticationError,
    BusyLoadingError,
    ClusterDownError,
    ConnectionError,
    NoPermissionError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisClusterException,
    RedisError,
    ResponseError,
    TimeoutError,
    TryAgainError,
)

from shared.projection.connection import redis_security
from shared.projection.projection import ProjectionFault, ProjectionUnavailable

log = structlog.get_logger()

T = TypeVar("T")
ReadCall = tuple[str, str, bytes]  # key, prefix, packed reads
Command = tuple[Any, ...]

_SOURCE = (Path(__file__).parent / "functions.lua").read_text(encoding="utf-8")
# The version is a digest of the code: an old and a new release run side by side, each on its own library.
VERSION = "v1_" + hashlib.sha256(_SOURCE.encode()).hexdigest()[:12]
LIBRARY = _SOURCE.replace("VERSION", VERSION)

_NOT_NOW = (
    ConnectionError,
    TimeoutError,
    BusyLoadingError,
    ReadOnlyError,
    OutOfMemoryError,
    ClusterDownError,
    TryAgainError,
    RedisClusterException,
)
_NOT_NOW_WORDS = (
    "LOADING",
    "OOM",
    "READONLY",
    "CLUSTERDOWN",
    "MASTERDOWN",
    "MISCONF",
    "NOREPLICAS",
    "BUSY",
    "TRYAGAIN",
)

_QUOTED = re.compile(r"run the '([a-z|]+)' command")

# As many calls at once per process; more wait for a connection. A worker has one per partition at most.
_CONNECTIONS = 64


class Server:
    """One server or a cluster behind a URL such as redis://user:password@host:6379/0 (rediss:// for TLS).

    ca: a file with the authorities that sign for it; None: those that the operating system trusts.
    """

    def __init__(self, url: str, *, cluster: bool, timeout: float, ca: Path | None = None) -> None:
        # Never retried below us: a save that timed out may have been applied, and the engine knows what that means.
        settings: dict[str, Any] = {
            "retry": Retry(NoBackoff(), 0),
            "socket_timeout": timeout,
            "socket_connect_timeout": min(timeout, 2.0),
            "protocol": 2,
            "driver_info": None,  # a name for itself in every new connection: Redis 7.0 does not know how to take it
            **redis_security(url, ca),
        }
        self._cluster: RedisCluster | None = None
        if cluster:
            self._cluster = RedisCluster.from_url(url, max_connections=_CONNECTIONS, **settings)
            self._client: Redis | RedisCluster = self._cluster
        else:
            pool = BlockingConnectionPool.from_url(url, max_connections=_CONNECTIONS, **settings)
            pool.timeout = timeout
            self._client = Redis.from_pool(pool)

    async def install(self) -> None:
        """Load the function library on every master that lacks it."""
        for node in await _available(self._masters):
            try:
                await _available(partial(self._run, "FUNCTION LOAD", LIBRARY, **node))
            except ProjectionFault as fault:
                if "already exists" not in str(fault):
                    raise
            else:
                log.info("projection.functions.loaded", version=VERSION)

    async def call(self, function: str, keys: list[str], *args: str | bytes) -> Any:
        """FCALL on the server that holds `keys`; a server that lost the library (a fresh one) gets it again."""
        return await self._called(_command("FCALL", function, keys, *args))

    async def read(self, calls: Sequence[ReadCall]) -> list[Any]:
        """Replies of the function `read`, or the error instead of one. One server gets them all in one write."""
        commands = [_command("FCALL_RO", "read", [key], prefix, reads) for key, prefix, reads in calls]
        if len(commands) == 1:
            return [await self._called(commands[0])]
        if self._cluster is not None:
            return await asyncio.gather(*map(self._called, commands), return_exceptions=True)
        replies = await _available(partial(self._piped, commands))
        # What was refused is asked once more by itself: that mends what can be mended, and tells the rest in our words.
        refused = [place for place, reply in enumerate(replies) if isinstance(reply, ResponseError)]
        again = await asyncio.gather(*(self._called(commands[place]) for place in refused), return_exceptions=True)
        for place, reply in zip(refused, again, strict=True):
            replies[place] = reply
        return replies

    async def _called(self, command: Command) -> Any:
        async def attempt() -> Any:
            return await self._run(*command, **await self._holder(command[3]))

        try:
            return await _available(attempt)
        except ProjectionFault as fault:
            if "Function not found" not in str(fault):
                raise
        await self.install()
        return await _available(attempt)

    async def _piped(self, commands: Sequence[Command]) -> list[Any]:
        pipe = self._client.pipeline(transaction=False)
        for command in commands:
            pipe.execute_command(*command)
        return list(await pipe.execute(raise_on_error=False))

    async def run(self, key: str, *command: str | int) -> Any:
        """A plain command on the server that holds `key`."""

        async def attempt() -> Any:
            return await self._run(*command, **await self._holder(key))

        return await _available(attempt)

    async def scan(self, key: str, pattern: str) -> AsyncIterator[list[bytes]]:
        """Batches of keys like the pattern on the server that holds `key`. A key may come twice."""
        cursor = 0
        while True:
            after, keys = await self.run(key, "SCAN", cursor, "MATCH", pattern, "COUNT", 1000)
            # The cluster client answers with a cursor per node that was asked; we ask one.
            cursor = int(next(iter(after.values())) if isinstance(after, dict) else after)
            if keys:
                yield list(keys)
            if cursor == 0:
                return

    async def stop(self) -> None:
        with suppress(RedisError, OSError):
            await self._client.aclose()

    async def _run(self, *command: Any, **where: Any) -> Any:
        return await self._client.execute_command(*command, **where)

    async def _holder(self, key: str) -> dict[str, Any]:
        # Named, because the cluster client would ask the server for the keys of each FCALL first: a second round trip.
        if self._cluster is None:
            return {}
        await self._cluster.initialize()
        return {"target_nodes": self._cluster.get_node_from_key(key)}

    async def _masters(self) -> list[dict[str, Any]]:
        if self._cluster is None:
            return [{}]
        await self._cluster.initialize()
        return [{"target_nodes": node} for node in self._cluster.get_primaries()]


def _command(command: str, function: str, keys: list[str], *args: str | bytes) -> Command:
    return command, f"ashiato_{function}_{VERSION}", len(keys), *keys, *args


def why(error: BaseException) -> str:
    """Which of our settings it does not like, where that is what it is."""
    told: BaseException | None = error
    while told is not None:
        match told:
            case AuthenticationError():
                return "it refuses the user or the password in ASHIATO_REDIS"
            case ssl.SSLCertVerificationError():
                return f"its certificate is not accepted, {told.verify_message}: ASHIATO_REDIS_CA"
            case ssl.SSLError():
                return "it speaks no TLS there: ASHIATO_REDIS"
        told = told.__cause__ or told.__context__
    return type(error).__name__


def _denied(error: NoPermissionError) -> str:
    """The command that is named between quotes; a key is not named."""
    command = _QUOTED.search(str(error))
    return command[1] if command else "a command, or touch a key"


async def _available(attempt: Callable[[], Awaitable[T]]) -> T:
    """Run it, with the client library's errors told in ours. Messages name no address: a URL may hold a password."""
    try:
        return await attempt()
    except _NOT_NOW as error:
        raise ProjectionUnavailable(f"the store does not answer now ({why(error)})") from error
    except NoPermissionError as error:
        raise ProjectionUnavailable(f"the store lets our user not run {_denied(error)}: mend its ACL") from error
    except ResponseError as error:
        if str(error).startswith(_NOT_NOW_WORDS):
            raise ProjectionUnavailable(f"the store says {str(error).split()[0]}") from error
        raise ProjectionFault(str(error)) from error
