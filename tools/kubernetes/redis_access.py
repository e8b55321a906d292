"""Who may do what on Redis or Valkey: a line of an ACL file for each process with a store, without its password.

A function runs with its caller's rights, so what functions.lua calls is granted like what the client calls. `{` opens
the hash tag that all keys of a service's partitions begin with.
"""

from dataclasses import dataclass
from typing import Final

# What the client library asks a cluster for.
_CONNECTING: Final = ("cluster|slots", "command")
# The library is loaded by whoever finds it missing, after an upgrade or in an empty store.
_READING: Final = (
    *("function|load", "fcall_ro", "get", "mget", "zcount", "zrangebyscore", "hget", "hgetall", "hmget"),
    *("lrange", "llen", "sismember", "smismember"),
)
_WRITING: Final = (
    *("fcall", "set", "mset", "scan", "unlink", "rpush", "ltrim", "sadd", "zadd", "zrem", "hset", "hdel", "hexists"),
)


@dataclass(frozen=True)
class RedisClient:
    """name: the process, and the Deployment. service: whose keys."""

    name: str
    service: str
    writes: bool = False

    @property
    def user(self) -> str:
        return f"ashiato-{self.name}"

    @property
    def rule(self) -> str:
        """As in an ACL file; `#<SHA-256 of the password>` is to be added."""
        commands = " ".join(f"+{one}" for one in (*_CONNECTING, *_READING, *(_WRITING if self.writes else ())))
        access = "%RW" if self.writes else "%R"
        keys = " ".join(f"{access}~{{{self.service}{sign}*" for sign in ("-", "}"))
        return f"user {self.user} on resetchannels {keys} -@all {commands}"


STORES: Final = (
    RedisClient("journey-worker", "journey", writes=True),
    RedisClient("journey-api", "journey"),
    RedisClient("followup-worker", "followup", writes=True),
    RedisClient("followup-api", "followup"),
)
