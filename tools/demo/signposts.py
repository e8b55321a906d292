"""Where a person can go on from here: addresses, one look-up with curl, and commands that change what is shown."""

import json
from typing import Any, Final

import httpx

from shared.event_log.topics import CONTACT_EVENTS, FLAGS
from tools.cli.journey import sayable
from tools.demo.addresses import Addresses
from tools.demo.screen import Screen
from tools.demo.stage import Stage

Json = dict[str, Any]

_RING_BACK: Final = "tools/demo/ring-back.jsonl"
_DOORS: Final = (
    ("routing", "POST /events", "facts in"),
    ("journey", "GET /journeys/{customer}, /flags", "the whole picture; work list"),
    ("followup", "GET /promises", "what is owed"),
)


async def put_up_signposts(stage: Stage, screen: Screen, watched: Json | None) -> None:
    """watched: the promise that was missed before their eyes, if there was one."""
    _addresses(stage.addresses, screen)
    if watched is not None:
        url = f"{stage.addresses.url('journey')}/journeys/{sayable(watched['customer_id'])}"
        screen.title("The same for programs")
        screen.command(f"curl {url}")
        screen.raw(await _shortened(url))
    screen.title("In another terminal", "everything stays up until Ctrl-C; new flags appear here")
    exports = stage.addresses.exports()
    if exports is not None:
        screen.command(exports)
    commands = _commands(watched)
    for command, remark in commands:
        screen.command(command, remark, max(len(one) for one, _ in commands))


def _addresses(addresses: Addresses, screen: Screen) -> None:
    screen.title("Doors", "on this machine only")
    for service, door, what in _DOORS:
        screen.row([(addresses.url(service), "cyan", 22), (door, "", 33), (what, "dim", 0)])
    settings = addresses.settings()
    kafka, redis = settings["ASHIATO_KAFKA"], settings["ASHIATO_REDIS"]
    screen.row([(kafka, "cyan", 22), (f"Kafka: {CONTACT_EVENTS.name}", "", 33), (f"and {FLAGS.name}", "dim", 0)])
    screen.row([(redis.removeprefix("redis://").removesuffix("/0"), "cyan", 22), ("Valkey", "", 33), ("", "", 0)])


def _commands(watched: Json | None) -> list[tuple[str, str]]:
    commands = [
        (".venv/bin/ashiato flags", "the work list"),
        (".venv/bin/ashiato promises --state overdue", "what is owed"),
    ]
    if watched is not None:
        ring_back = f".venv/bin/ashiato publish {_RING_BACK} --relative"
        commands.append((ring_back, f"{sayable(watched['customer_id'])} is rung after all"))
    return commands


async def _shortened(url: str) -> str:
    """A field a line; the screen cuts what is too long."""
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = (await client.get(url)).json()
    fields = [f"  {json.dumps(name)}: {json.dumps(value, ensure_ascii=False)}" for name, value in answer.items()]
    return "{\n" + ",\n".join(fields) + "\n}"
