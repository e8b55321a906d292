"""Events in: publish, import."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from tools.cli.commands.options import AsJson, Direct, ExistingFile, Progress, Wait, run
from tools.cli.importing import Imported, import_file
from tools.cli.output import Output
from tools.cli.publish import Published, publish
from tools.cli.ways import MOST_EVENTS
from tools.cli.world import World
from tools.importing.mapping import Kind

imports = typer.Typer(no_args_is_help=True, help="Another system's export as events.")

MappingFile = Annotated[
    Path, typer.Option("--mapping", metavar="MAP", exists=True, dir_okay=False, help="TOML; see docs/importing.md.")
]
Via = Annotated[Literal["kafka", "http"], typer.Option(help="Straight into Kafka, or through the front door.")]
Rows = Annotated[int | None, typer.Option("--limit", min=1, help="Read so many rows only.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Send nothing; print the events as JSON lines.")]
BadFile = Annotated[Path | None, typer.Option("--bad", metavar="FILE", help="Where bad rows go; default FILE.bad.csv.")]


def publish_command(
    context: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="JSON lines; - is stdin.")],
    direct: Direct = False,
    relative: Annotated[
        bool, typer.Option("--relative", help='Times may be relative: "now", "now-26h", "now+20s" (d h m s ms).')
    ] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="As new events: every id gets a suffix.")] = False,
    refused: Annotated[
        Path | None,
        typer.Option("--refused", metavar="FILE", help="Where refused lines go; default FILE.refused.jsonl."),
    ] = None,
    batch: Annotated[int, typer.Option(min=1, max=MOST_EVENTS, help="Events in a request.")] = MOST_EVENTS,
    wait: Wait = 30,
    as_json: AsJson = False,
    progress: Progress = None,
) -> None:
    """Publish events (JSON lines), in order.

    They go through the front door. Whatever the front door could not acknowledge is sent again with the same ids; so
    may be the whole file.
    Exit code 1 when events were refused.
    """
    result = run(
        context,
        lambda world: publish(
            world,
            file,
            direct=direct,
            relative=relative,
            fresh=fresh,
            refused_file=refused,
            patience=wait,
            batch=batch,
            progress=progress,
        ),
    )
    _tell_published(context.obj.output, result, as_json=as_json)
    if result.refused:
        raise typer.Exit(1)


@imports.command(
    "incidents",
    epilog="Example: ashiato import incidents uci498_incident_event_log.zip "
    "--mapping samples/mappings/servicenow-incidents.toml",
)
def import_incidents(
    context: typer.Context,
    file: ExistingFile,
    mapping: MappingFile,
    via: Via = "kafka",
    limit: Rows = None,
    dry_run: DryRun = False,
    bad: BadFile = None,
    wait: Wait = 30,
    as_json: AsJson = False,
    progress: Progress = None,
) -> None:
    """An incident log: a row is an update of an incident.

    The file is csv, also in .zip or .gz; the mapping says which column means what. Running it again is harmless. Bad
    rows are counted and written aside; then the exit code is 1.
    """
    _import(context, "incidents", file, mapping, via, limit, dry_run, bad, wait, as_json, progress)


@imports.command(
    "requests",
    epilog="Example: ashiato import requests boston311_2015_reduced.csv.gz --mapping samples/mappings/boston-311.toml",
)
def import_requests(
    context: typer.Context,
    file: ExistingFile,
    mapping: MappingFile,
    via: Via = "kafka",
    limit: Rows = None,
    dry_run: DryRun = False,
    bad: BadFile = None,
    wait: Wait = 30,
    as_json: AsJson = False,
    progress: Progress = None,
) -> None:
    """Requests with targets: each target is a promise.

    The file is csv, also in .zip or .gz; the mapping says which column means what. Running it again is harmless. Bad
    rows are counted and written aside; then the exit code is 1.
    """
    _import(context, "requests", file, mapping, via, limit, dry_run, bad, wait, as_json, progress)


def _import(
    context: typer.Context,
    kind: Kind,
    file: Path,
    mapping: Path,
    via: Literal["kafka", "http"],
    limit: int | None,
    dry_run: bool,
    bad: Path | None,
    wait: float,
    as_json: bool,
    progress: bool | None,
) -> None:
    async def task(world: World) -> Imported:
        return await import_file(
            world,
            kind,
            file,
            mapping,
            direct=via == "kafka",
            dry_run=dry_run,
            limit=limit,
            bad_file=bad,
            patience=wait,
            progress=progress,
        )

    result = run(context, task)
    _tell_imported(context.obj.output, result, dry_run=dry_run, as_json=as_json)
    if not result.all_good:
        raise typer.Exit(1)


def _tell_published(output: Output, result: Published, *, as_json: bool) -> None:
    if as_json:
        output.json({"accepted": result.accepted, "refused": result.refused, "refused_file": result.refused_file})
        return
    output.line(f"{result.accepted:,} events published")
    if result.refused:
        output.remark(f"{result.refused:,} refused; see {result.refused_file}", "bold red")


def _tell_imported(output: Output, result: Imported, *, dry_run: bool, as_json: bool) -> None:
    """After --dry-run stdout holds the events, so the summary goes to stderr."""
    counts = result.counts
    if as_json and not dry_run:
        output.json(result.described())
        return
    say = output.remark if dry_run else output.line
    kinds = ", ".join(f"{count:,} {kind}" for kind, count in sorted(counts.events.items()))
    sent = "made" if dry_run else "sent"
    say(f"{counts.rows:,} rows, {counts.issues:,} issues, {counts.events.total():,} events {sent}: {kinds or 'none'}")
    if counts.bad_rows:
        output.remark(f"{counts.bad_rows:,} bad rows; see {result.bad_file}", "bold red")
    if result.published.refused:
        output.remark(f"{result.published.refused:,} refused; see {result.published.refused_file}", "bold red")
