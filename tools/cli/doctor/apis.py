"""The HTTP services: are they up and ready, and how far has each partition been read."""

from datetime import datetime, timedelta
from typing import Any

from tools.cli.api import Api
from tools.cli.doctor.finding import Finding
from tools.cli.errors import CliError
from tools.cli.world import World

SERVICES = ("routing", "journey", "followup")
WITH_PARTITIONS = ("journey", "followup")
_SILENT = timedelta(seconds=15)  # a worker writes every second; beyond this nobody serves the partition
_STALE = timedelta(seconds=120)

Json = dict[str, Any]


async def examine_apis(world: World) -> list[Finding]:
    findings: list[Finding] = []
    for service in SERVICES:
        async with world.api(service) as api:
            findings += await _examine(api, service, world)
    return findings


async def _examine(api: Api, service: str, world: World) -> list[Finding]:
    subject = f"{service} api"
    try:
        await api.get("/health/ready")
    except CliError as error:
        mend = f"start it (`python -m services.{service}.api`), or mend what it says"
        return [Finding(subject, "error", str(error), mend)]
    ready = Finding(subject, "ok", f"{world.settings.url(service)} is ready")
    return [ready, *await _partitions(api, service, world.now())] if service in WITH_PARTITIONS else [ready]


async def _partitions(api: Api, service: str, now: datetime) -> list[Finding]:
    try:
        items: list[Json] = (await api.get("/partitions"))["items"]
    except CliError as error:
        return [Finding(f"{service} partitions", "error", str(error), "mend what it says, then ask again")]
    wrong = [finding for one in items if (finding := _fault(one, service, now)) is not None]
    behind = sum(one.get("behind") or 0 for one in items)
    oldest = max((age for one in items if (age := _age(one.get("as_of"), now)) is not None), default=None)
    known = "" if oldest is None else f", all known up to {oldest:.0f} s ago"
    positions = ", ".join(f"{one['partition']}:{one.get('next')}/{one.get('end')}" for one in items)
    told = f"{len(items)} partitions, {behind} events behind{known}; position/end: {positions}"
    serious = any(finding.state == "error" for finding in wrong)
    mend = "see each partition below" if serious else ""
    return [Finding(f"{service} worker", "error" if serious else "ok", told, mend), *wrong]


def _fault(one: Json, service: str, now: datetime) -> Finding | None:
    subject, state = f"{service} partition {one['partition']}", one.get("state")
    reason = f" ({one['reason']})" if one.get("reason") else ""
    match state:
        case None | "unknown":
            mend = f"start a worker: `python -m services.{service}.worker`"
            return Finding(subject, "error", "nobody has read it yet", mend)
        case "paused":
            return Finding(
                subject, "error", f"paused{reason}", "look at the worker's log: nothing is skipped meanwhile"
            )
        case "retrying":
            return Finding(subject, "error", f"trying again{reason}", "Kafka or Redis is away for the worker")
        case "rebuilding":
            told = f"is being rebuilt, {one.get('behind')} to go"
            return Finding(subject, "warning", told, "wait: look-ups there answer 503 meanwhile")
        case _:
            return _silent(one, subject, service, now)


def _silent(one: Json, subject: str, service: str, now: datetime) -> Finding | None:
    quiet = _age(one.get("at"), now)
    if quiet is None or quiet <= _SILENT.total_seconds():
        return _stale(one, subject, now)
    told = f"no worker has served it for {quiet:.0f} s"
    return Finding(subject, "error", told, f"start a worker: `python -m services.{service}.worker`")


def _stale(one: Json, subject: str, now: datetime) -> Finding | None:
    """As the alert of that name."""
    age = _age(one.get("as_of"), now)
    if age is None or age <= _STALE.total_seconds():
        return None
    mend = "see docs/operations.md, Partition stale: more workers, or a slow Redis"
    return Finding(subject, "warning", f"knows nothing newer than {age:.0f} s", mend)


def _age(moment: object, now: datetime) -> float | None:
    """Seconds; None for what is no time."""
    try:
        return (now - datetime.fromisoformat(str(moment))).total_seconds()
    except (ValueError, TypeError):
        return None
