"""Rounds as people read them: what all rounds of a fault add up to."""

from collections.abc import Iterable, Sequence
from statistics import median
from typing import Final

from rich.console import Console
from rich.table import Table

from tests.chaos.outcome import Outcome

HEAD: Final = ("fault", "rounds", "events", "lost", "extra", "wrong", "recovery s, p50", "max", "")


def rows(outcomes: Sequence[Outcome]) -> Iterable[tuple[str, ...]]:
    for fault in dict.fromkeys(one.fault for one in outcomes):
        yield row([one for one in outcomes if one.fault == fault])


def row(rounds: Sequence[Outcome]) -> tuple[str, ...]:
    """Of the rounds of one fault. A round that was not run counts for nothing."""
    played = [one for one in rounds if not one.not_run]
    if not played:
        return (rounds[0].fault, *("" for _ in HEAD[2:]), f"not run: {rounds[0].not_run}")
    recoveries = [one.recovery_s for one in played if one.recovery_s is not None]
    failed = sum(one.failed for one in played)
    return (
        played[0].fault,
        str(len(played)),
        f"{sum(one.sent for one in played):,}",
        *(str(sum(getattr(one, what) for one in played)) for what in ("lost", "extra", "wrong")),
        f"{median(recoveries):.1f}" if recoveries else "",
        f"{max(recoveries):.1f}" if recoveries else "",
        f"{failed} failed" if failed else "",
    )


def show(outcomes: Sequence[Outcome]) -> None:
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = 140
    table = Table(title="Faults", title_justify="left")
    for place, name in enumerate(HEAD):
        table.add_column(name, justify="left" if place in (0, len(HEAD) - 1) else "right", no_wrap=place == 0)
    for line in rows(outcomes):
        table.add_row(*line)
    console.print(table)
