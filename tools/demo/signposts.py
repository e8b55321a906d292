"""Where a person can go on from here: addresses, one look-up with curl, and commands that change what is shown."""

import json
import os
from pathlib import Path
from typing import Final

import httpx

from shared.event_log.topics import CONTACT_EVENTS, FLAGS
from tools.cli.journey import sayable
from tools.demo.addresses import Addresses
from tools.demo.processes import ROOT
from tools.demo.screen import Screen
from tools.demo.stage import Stage

_RING_BACK: Final = Path(__file__).resolve().with_name("ring-back.jsonl")
_DOORS: Final = (
    ("routing", "POST /events", "facts in"),
    ("journey", "GET /journeys/{customer}, /flags", "picture; work list"),
    ("followup", "GET /promises", "what is owed"),
)


async def put_up_signposts(stage: Stage, screen: Screen, customer_id: str) -> None:
    """customer_id: of whom there is something to see."""
    _addresses(stage.addresses, screen)
    url = f"{stage.addresses.url('journey')}/journeys/{sayable(customer_id)}"
    desk = await _desk_of(stage, customer_id)
    token = stage.issuer.agent(desk)
    screen.title("The same for programs", f"as somebody of the desk {desk} sees it; a field a line, cut to the width")
    screen.command(f'curl -H "Authorization: Bearer $(cat {_kept(stage, "agent", token)})" {url}')
    screen.raw(await _shortened(url, token))
    screen.title("In another terminal", "everything stays up until Ctrl-C; new flags appear here")
    supervisor = f"export ASHIATO_TOKEN_FILE={_kept(stage, 'supervisor', stage.issuer.supervisor())}"
    screen.command(" ".join([supervisor, (stage.addresses.exports() or "").removeprefix("export ")]).rstrip())
    screen.command(".venv/bin/ashiato flags", "the work list")
    screen.command(".venv/bin/ashiato promises --state overdue", "what is owed")
    if customer_id == _rung_back():
        screen.line(f"Ring {sayable(customer_id)} back after all, and see the flags settle:")
        screen.command(f".venv/bin/ashiato publish {_RING_BACK.relative_to(ROOT)} --relative")


def _addresses(addresses: Addresses, screen: Screen) -> None:
    screen.title("Doors", "on this machine only")
    for service, door, what in _DOORS:
        screen.row([(addresses.url(service), "cyan", 22), (door, "", 32), (what, "dim", 0)])
    settings = addresses.settings()
    kafka, redis = settings["ASHIATO_KAFKA"], settings["ASHIATO_REDIS"]
    screen.row([(kafka, "cyan", 22), (f"Kafka: {CONTACT_EVENTS.name}", "", 32), (f"and {FLAGS.name}", "dim", 0)])
    screen.row([(redis.removeprefix("redis://").removesuffix("/0"), "cyan", 22), ("Valkey", "", 32), ("", "", 0)])


async def _desk_of(stage: Stage, customer_id: str) -> str:
    """One that may see the customer: whoever owes them something, or spoke with them last."""
    async with stage.world.api("journey") as journey:
        picture = await journey.get(f"/journeys/{customer_id}")
    owed = [debt["owner"]["desk"] for debt in picture["debts"]]
    desk: str = owed[0] if owed else (picture["last_owner"] or {}).get("desk", "front")
    return desk


def _kept(stage: Stage, who: str, token: str) -> str:
    """The file, as it is named from where the demo was started."""
    file = stage.folder / f"{who}.token"
    file.touch(mode=0o600)
    file.write_text(token, "utf-8")
    return os.path.relpath(file, ROOT)


async def _shortened(url: str, token: str) -> str:
    """A field a line; the screen cuts what is too long."""
    async with httpx.AsyncClient(trust_env=False, headers={"Authorization": f"Bearer {token}"}) as client:
        answer = (await client.get(url)).json()
    fields = [f"  {json.dumps(name)}: {json.dumps(value, ensure_ascii=False)}" for name, value in answer.items()]
    return "{\n" + ",\n".join(fields) + "\n}"


def _rung_back() -> str:
    """The customer whom the sample rings."""
    first, *_ = _RING_BACK.read_text(encoding="utf-8").splitlines()
    subject: str = json.loads(first)["subject"]
    return subject
