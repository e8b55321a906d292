"""What a Redis or Valkey should be like, and what to do where it is not."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from shared.projection.server import VERSION
from tools.cli.doctor.finding import Finding
from tools.cli.doctor.local import is_local

_OLDEST: Final = 7  # FCALL came with Redis 7
_CLOCK_S: Final = 5.0
_TIGHT, _FULL = 0.8, 0.95


class StoreFacts(NamedTuple):
    """info: as INFO answers. libraries: names of ours. clock_off: seconds that its clock is ahead of ours."""

    info: Mapping[str, Any]
    libraries: tuple[str, ...]
    clock_off: float


def store_findings(subject: str, facts: StoreFacts, *, cluster: bool) -> Iterator[Finding]:
    """cluster: what the setting says."""
    yield _version(subject, facts.info)
    yield _mode(subject, facts.info, cluster=cluster)
    yield _policy(subject, facts.info)
    yield _memory(subject, facts.info)
    yield _persistence(subject, facts.info)
    yield _functions(subject, facts.libraries)
    yield _clock(subject, facts.clock_off)


def transport_finding(subject: str, url: str) -> Finding:
    address = urlsplit(url)
    if address.scheme == "rediss":
        return Finding(subject, "ok", "TLS")
    if address.scheme == "unix" or is_local(f"{address.hostname}:0"):
        return Finding(subject, "ok", "no TLS, on this machine")
    told = "no TLS: passwords and customers' words go over the wire in the open"
    return Finding(subject, "warning", told, "begin ASHIATO_REDIS with rediss:// and set ASHIATO_REDIS_CA")


def remembered_finding(service: str, remembered: int | None, partitions: int | None) -> Finding:
    """Customers would be looked for in the wrong partition if the topic's count had changed."""
    subject = f"Redis of {service}"
    if remembered is None:
        return Finding(subject, "warning", f"nothing of {service} yet", f"start the {service} worker")
    if partitions is not None and remembered != partitions:
        mend = "restore the topic's count, or begin with an empty store"
        return Finding(subject, "error", f"filled from {remembered} partitions, there are {partitions}", mend)
    return Finding(subject, "ok", f"filled from {remembered} partitions")


def _version(subject: str, info: Mapping[str, Any]) -> Finding:
    name = "Valkey" if "valkey_version" in info else "Redis"
    version = str(info.get("valkey_version") or info.get("redis_version"))
    told = f"{name} {version}, {info.get('used_memory_human')} used of {info.get('maxmemory_human')} (0B: no limit)"
    release = version.partition(".")[0]
    if release.isdigit() and int(release) < _OLDEST:
        return Finding(subject, "error", told, "needs Redis 7 or Valkey: older ones have no functions")
    return Finding(subject, "ok", told)


def _mode(subject: str, info: Mapping[str, Any], *, cluster: bool) -> Finding:
    is_cluster = info.get("redis_mode") == "cluster" or info.get("server_mode") == "cluster"
    told = "a cluster" if is_cluster else "one server"
    if is_cluster == cluster:
        return Finding(subject, "ok", told)
    wanted = "true" if is_cluster else "false"
    return Finding(subject, "error", f"is {told}, the setting says otherwise", f"set ASHIATO_REDIS_CLUSTER={wanted}")


def _policy(subject: str, info: Mapping[str, Any]) -> Finding:
    policy = info.get("maxmemory_policy")
    if policy == "noeviction":
        return Finding(subject, "ok", "keeps what it was given (noeviction)")
    mend = "set maxmemory-policy to noeviction: an evicted timeline looks like a customer who never came"
    return Finding(subject, "error", f"forgets when it is full ({policy})", mend)


def _memory(subject: str, info: Mapping[str, Any]) -> Finding:
    limit = int(info.get("maxmemory") or 0) or int(info.get("total_system_memory") or 0)
    part = int(info.get("used_memory") or 0) / limit if limit else 0.0
    told = f"its memory is {part:.0%} full"
    if part >= _FULL:
        return Finding(subject, "error", told, "give it more memory or more shards: full, it refuses every save")
    if part >= _TIGHT:
        return Finding(subject, "warning", told, "plan for more memory or more shards (docs/operations.md, Capacity)")
    return Finding(subject, "ok", told)


def _persistence(subject: str, info: Mapping[str, Any]) -> Finding:
    """None is needed: Redis is a copy of the log. One that fails makes the server refuse writes."""
    failed = [name for name in ("rdb_last_bgsave_status", "aof_last_write_status") if info.get(name, "ok") != "ok"]
    if failed:
        told = f"cannot write its copy to disk ({', '.join(failed)}), and may refuse writes for it"
        return Finding(subject, "error", told, "mend its disk, or switch its copies off: the log has everything")
    if int(info.get("loading") or 0):
        return Finding(subject, "warning", "is loading its copy", "wait until it has")
    replicas = int(info.get("connected_slaves") or 0)
    kept = "appends to a file" if int(info.get("aof_enabled") or 0) else "no append file"
    return Finding(subject, "ok", f"{kept}, {replicas} replicas; what it loses is read from the log again")


def _functions(subject: str, names: tuple[str, ...]) -> Finding:
    if any(name.endswith(VERSION) for name in names):
        return Finding(subject, "ok", f"has our functions ({', '.join(names)})")
    told = f"has other versions of our functions ({', '.join(names)})" if names else "has none of our functions yet"
    return Finding(subject, "warning", told, f"start a worker of this release: it loads {VERSION}")


def _clock(subject: str, offset: float) -> Finding:
    told = f"its clock is {offset:+.1f} s from ours"
    if abs(offset) > _CLOCK_S:
        return Finding(subject, "error", told, "set both clocks (NTP): promises are announced by the clock")
    return Finding(subject, "ok", told)
