"""Keeping it well: dead-letters, rebuild, doctor."""

from typing import Annotated, Literal

import typer

from tools.cli.commands.options import AsJson, Progress, Yes, make_sure, run
from tools.cli.dead_letters import list_dead_letters, retry_dead_letters
from tools.cli.doctor import examine, show
from tools.cli.errors import BadInput
from tools.cli.rebuild import rebuild
from tools.cli.world import World

dead_letters = typer.Typer(no_args_is_help=True, help="Records that could not be applied.")


@dead_letters.command("list", epilog="Example: ashiato dead-letters list --json")
def list_command(context: typer.Context, as_json: AsJson = False) -> None:
    """Everything that was set aside, and why.

    With --json: one a line, with the original bytes.
    """
    run(context, lambda world: list_dead_letters(world, as_json=as_json))


@dead_letters.command("retry", epilog="Example: ashiato dead-letters retry contact.events.v1:3:1207 --yes")
def retry_command(
    context: typer.Context,
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="As `list` shows them.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Every one that was ever set aside.")] = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Append the original bytes once more.

    Do so when their cause was mended; what is still bad is set aside again.
    """
    if bool(ids) == every:
        raise BadInput("name the ids to retry, or all of them with --all")
    make_sure(f"Append {'all dead letters' if every else f'{len(ids or [])} dead letters'} once more?", yes=yes)
    count = run(context, lambda world: retry_dead_letters(world, ids or [], every=every))
    output = context.obj.output
    if as_json:
        output.json({"appended": count})
    else:
        output.line(f"{count:,} appended")


def rebuild_command(
    context: typer.Context,
    service: Annotated[Literal["journey", "followup"], typer.Argument(metavar="journey|followup")],
    partition: Annotated[list[int] | None, typer.Option(min=0, help="Only this; may be repeated.")] = None,
    yes: Yes = False,
    as_json: AsJson = False,
    progress: Progress = None,
) -> None:
    """Have a service read the log anew.

    What it keeps in Redis is forgotten; its workers notice and begin at the beginning. Look-ups answer 503 until that
    is done. Nothing is lost, and nothing is announced twice.
    """
    make_sure(f"Forget what {service} keeps, so that it is read anew? Look-ups answer 503 meanwhile.", yes=yes)
    count = run(context, lambda world: rebuild(world, service, partition, progress=progress))
    output = context.obj.output
    if as_json:
        output.json({"service": service, "partitions": count})
    else:
        output.line(f"{count} partitions forgotten; `ashiato doctor` shows how far they are rebuilt")


def doctor_command(context: typer.Context, as_json: AsJson = False) -> None:
    """Look at everything and say what to mend.

    Kafka (topics, copies, groups, rights, clock), Redis (mode, memory, functions, clock), the services and their
    positions. Exit code 1 when something is to be mended; warnings are none. Nothing is changed.
    """
    world: World = context.obj
    findings = run(context, examine)
    if as_json:
        world.output.json([one._asdict() for one in findings])
    else:
        show(world.output, findings)
    if any(one.state == "error" for one in findings):
        raise typer.Exit(1)
