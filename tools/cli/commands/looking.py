"""Looking: journey, flags, promises, report, digest."""

from datetime import UTC
from typing import Annotated, Literal

import typer

from shared.events import rfc3339
from tools.cli.commands.options import AsJson, AsOf, Most, Progress, Wait, run
from tools.cli.digest import show_digest
from tools.cli.errors import BadInput
from tools.cli.journey import show_all_events, show_journey
from tools.cli.moments import read_time
from tools.cli.reports import report_handoffs, report_promises
from tools.cli.work_lists import follow_flags, list_flags, list_promises

reports = typer.Typer(no_args_is_help=True, help="Figures over all customers.")

Customer = Annotated[str, typer.Argument(metavar="ID", help="Customer id, or a customer number in any writing.")]
FlagKind = Annotated[Literal["missed_promise", "ping_pong", "runaround"] | None, typer.Option(help="Only these.")]
FlagState = Annotated[Literal["raised", "settled"] | None, typer.Option(help="Default: raised.")]
PromiseState = Annotated[Literal["due", "overdue", "missed", "open"] | None, typer.Option(help="Only these.")]
Desk = Annotated[str | None, typer.Option(help="Only what this desk has.")]


def journey_command(
    context: typer.Context,
    customer: Customer,
    every: Annotated[bool, typer.Option("--all", help="The whole timeline, newest first.")] = False,
    wait: Wait = 0,
    as_json: AsJson = False,
) -> None:
    """What a customer has been through.

    Debts first, then flags, situation, open issues, newest events. With --all --json: one event a line. Exit code 1
    when there is no such customer.
    """
    show = show_all_events if every else show_journey
    run(context, lambda world: show(world, customer, as_json=as_json, patience=wait))


def flags_command(
    context: typer.Context,
    kind: FlagKind = None,
    desk: Desk = None,
    state: FlagState = None,
    lapsed: Annotated[bool, typer.Option("--lapsed", help="Also issues that nobody touched for 7 days.")] = False,
    follow: Annotated[bool, typer.Option("--follow", help="A line for each flag as it is raised or settled.")] = False,
    from_start: Annotated[bool, typer.Option("--from-start", help="With --follow: from the first one on.")] = False,
    limit: Most = None,
    wait: Wait = 0,
    as_json: AsJson = False,
) -> None:
    """What somebody should act on.

    The most urgent first. With --json: one item a line.
    """
    if follow:
        if desk or state or lapsed:
            raise BadInput("--follow shows every flag event: leave out --desk, --state and --lapsed")
        try:
            run(
                context,
                lambda world: follow_flags(world, kind=kind, from_start=from_start, as_json=as_json, limit=limit),
            )
        except KeyboardInterrupt:  # the usual end of it
            return
        return
    filters = {"kind": kind, "desk": desk, "state": state, "lapsed": lapsed or None}
    run(context, lambda world: list_flags(world, filters, as_json=as_json, patience=wait, limit=limit))


def promises_command(
    context: typer.Context,
    desk: Desk = None,
    state: PromiseState = None,
    before: Annotated[str | None, typer.Option(metavar="TIME", help="Only those to be kept before.")] = None,
    historic: Annotated[bool, typer.Option("--historic", help="Imported history as well.")] = False,
    limit: Most = None,
    wait: Wait = 0,
    as_json: AsJson = False,
) -> None:
    """Promises that somebody has to keep.

    The earliest deadline first. With --json: one a line.
    """
    moment = rfc3339(read_time(before).astimezone(UTC)) if before else None
    filters = {"desk": desk, "state": state, "before": moment, "historic": historic or None}
    run(context, lambda world: list_promises(world, filters, as_json=as_json, patience=wait, limit=limit))


@reports.command("handoffs", epilog="Example: ashiato report handoffs --json")
def handoffs_command(
    context: typer.Context, wait: Wait = 0, as_json: AsJson = False, progress: Progress = None
) -> None:
    """How often issues change hands and return."""
    run(context, lambda world: report_handoffs(world, as_json=as_json, patience=wait, progress=progress))


@reports.command("promises", epilog="Example: ashiato report promises --as-of 2016-01-12T22:22:40 --json")
def report_promises_command(
    context: typer.Context, as_of: AsOf, wait: Wait = 0, as_json: AsJson = False, progress: Progress = None
) -> None:
    """How promises were kept, as of a time."""
    moment = read_time(as_of)
    run(context, lambda world: report_promises(world, moment, as_json=as_json, patience=wait, progress=progress))


def digest_command(
    context: typer.Context,
    as_of: AsOf,
    customer: Annotated[str | None, typer.Option(metavar="ID", help="Only this customer.")] = None,
    wait: Wait = 0,
    as_json: AsJson = False,
    progress: Progress = None,
) -> None:
    """What two runs are compared by.

    A line for each customer, the digest over all in the last. With --json also what was hashed. Exit code 1 when
    there is no such customer.
    """
    moment = read_time(as_of)
    run(
        context,
        lambda world: show_digest(world, moment, customer=customer, as_json=as_json, patience=wait, progress=progress),
    )
