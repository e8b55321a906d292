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
        return [Finding(subject, "wrong", str(error), mend)]
    ready = Finding(subject, "ok", f"{world.settings.url(service)} is ready")
    return [ready, *await _partitions(api, service, world.now())] if service in WITH_PARTITIONS else [ready]


async def _partitions(api: Api, service: str, now: datetime) -> list[Finding]:
    try:
        items: list[Json] = (await api.get("/partitions"))["items"]
    except CliError as error:
        return [Finding(f"{service} partitions", "wrong", str(error))]
    wrong = [finding for one in items if (finding := _fault(one, service, now)) is not None]
    behind = sum(one.get("behind") or 0 for one in items)
    positions = ", ".join(f"{one['partition']}:{one.get('next')}/{one.get('end')}" for one in items)
    told = f"{len(items)} partitions, {behind} events behind; position/end: {positions}"
    return [Finding(f"{service} worker", "wrong" if wrong else "ok", told), *wrong]


def _fault(one: Json, service: str, now: datetime) -> Finding | None:
    subject, state = f"{service} partition {one['partition']}", one.get("state")
    reason = f" ({one['reason']})" if one.get("reason") else ""
    match state:
        case None | "unknown":
            mend = f"start a worker: `python -m services.{service}.worker`"
            return Finding(subject, "wrong", "nobody has read it yet", mend)
        case "paused":
            return Finding(
                subject, "wrong", f"paused{reason}", "look at the worker's log: nothing is skipped meanwhile"
            )
        case "retrying":
            return Finding(subject, "wrong", f"trying again{reason}", "Kafka or Redis is away for the worker")
        case "rebuilding":
            return Finding(subject, "note", f"is being rebuilt, {one.get('behind')} to go")
        case _:
            return _silent(one, subject, service, now)


def _silent(one: Json, subject: str, service: str, now: datetime) -> Finding | None:
    try:
        quiet = now - datetime.fromisoformat(str(one.get("at")))
    except (ValueError, TypeError):
        return None
    if quiet <= _SILENT:
        return None
    told = f"no worker has served it for {quiet.total_seconds():.0f} s"
    return Finding(subject, "wrong", told, f"start a worker: `python -m services.{service}.worker`")
