"""Letting machines in: keys create, revoke, list."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from shared.access import Scope
from shared.access.api_keys import Wanted
from tools.cli import keys as on_file
from tools.cli.commands.options import AsJson
from tools.cli.errors import BadInput
from tools.cli.world import World

keys = typer.Typer(no_args_is_help=True, help="Keys of machines that write events or read lists.")

File = Annotated[Path | None, typer.Option("--file", help="Default: ASHIATO_ACCESS_KEYS.")]


@keys.command("create", epilog="Example: ashiato keys create pbx --scope events:write --source urn:acme:pbx")
def create_command(
    context: typer.Context,
    producer: Annotated[str, typer.Argument(metavar="PRODUCER", help="Whose key it is.")],
    scope: Annotated[list[Scope] | None, typer.Option(help="What it allows; may be repeated.")] = None,
    source: Annotated[list[str] | None, typer.Option(help="Of which sources it may write; may be repeated.")] = None,
    days: Annotated[int, typer.Option(min=1, max=3660, help="How long it is good.")] = 365,
    file: File = None,
    as_json: AsJson = False,
) -> None:
    """Make a key and show it once.

    A producer may have two, so that a new one is in use before the old one is revoked. Only its hash is kept.
    """
    world: World = context.obj
    if not producer.isprintable() or not 1 <= len(producer) <= 100:
        raise BadInput("a producer's name has 1 to 100 printable characters")
    if not scope:
        raise BadInput(f"say with --scope what the key allows: {', '.join(Scope)}")
    if Scope.EVENTS_WRITE in scope and not source:
        raise BadInput("say with --source of which sources it may write events")
    now = world.now()
    wanted = Wanted(producer, tuple(scope), tuple(source or ()), now + timedelta(days=days))
    key, text = on_file.create(_path(world, file), wanted, now)
    if as_json:
        world.output.json({"id": key.id, "key": text, "not_after": key.not_after.isoformat()})
        return
    world.output.line(text)
    world.output.remark(f"key {key.id} of {producer}, good until {key.not_after:%Y-%m-%d}; it is shown only now")


@keys.command("revoke", epilog="Example: ashiato keys revoke 3f9c01d2a4b5")
def revoke_command(
    context: typer.Context,
    key_id: Annotated[str, typer.Argument(metavar="ID", help="As `list` shows it.")],
    file: File = None,
) -> None:
    """Let a key in no more. Services see it within a second after the file has reached them."""
    world: World = context.obj
    key = on_file.revoke(_path(world, file), key_id, world.now())
    world.output.line(f"key {key.id} of {key.producer} is revoked")


@keys.command("list", epilog="Example: ashiato keys list --json")
def list_command(context: typer.Context, file: File = None, as_json: AsJson = False) -> None:
    """Every key: whose, what for, until when."""
    world: World = context.obj
    now = world.now()
    for key in on_file.listed(_path(world, file)):
        state, until = on_file.state(key, now), f"{key.not_after:%Y-%m-%d}"
        if as_json:
            said = {"id": key.id, "producer": key.producer, "state": state, "not_after": key.not_after.isoformat()}
            world.output.json({**said, "scopes": key.scopes, "sources": key.sources}, indent=None)
        else:
            what = f"{', '.join(key.scopes)}{' of ' if key.sources else ''}{', '.join(key.sources)}"
            world.output.line(f"{key.id}  {state:<7}  until {until}  {key.producer}: {what}")


def _path(world: World, file: Path | None) -> Path:
    path = file or world.settings.access_keys
    if path is None:
        raise BadInput("name the file with --file or ASHIATO_ACCESS_KEYS")
    return path
