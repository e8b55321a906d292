"""Figures as people read them, on a terminal and in Markdown."""

from collections.abc import Iterable

from rich.console import Console
from rich.table import Table

from benchmarks.figures import Figure, Outcome

HEAD = ("what", "unit", "median", "min to max", "n", "ratio (min to max)")


def rows(outcome: Outcome) -> Iterable[tuple[str, ...]]:
    for figure in outcome.figures:
        yield (
            figure.name,
            figure.unit,
            number(figure.median),
            _range(figure.low, figure.high),
            str(len(figure.samples)),
            _ratio(outcome, figure),
        )


def show(outcome: Outcome) -> None:
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = 140
    table = Table(title=outcome.title, title_justify="left", caption="\n".join(outcome.notes), caption_justify="left")
    for place, name in enumerate(HEAD):
        table.add_column(name, justify="right" if place > 1 else "left", no_wrap=place == 0)
    for row in rows(outcome):
        table.add_row(*row)
    console.print(table)


def markdown(outcome: Outcome) -> str:
    """A table, without the columns that say nothing."""
    found = list(rows(outcome))
    kept = [place for place in range(len(HEAD)) if any(row[place] for row in found)]
    lines = [[HEAD[place] for place in kept], ["---" if place < 2 else "---:" for place in kept]]
    lines += [[row[place] for place in kept] for row in found]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def number(value: float) -> str:
    """Three digits that count; more would promise what no benchmark keeps."""
    if value == 0:
        return "0"
    if abs(value) >= 1_000:
        return f"{float(f'{value:.3g}'):,.0f}"
    return f"{value:.3g}"


def _range(low: float, high: float) -> str:
    return "" if low == high else f"{number(low)} to {number(high)}"


def _ratio(outcome: Outcome, figure: Figure) -> str:
    ratio = outcome.ratio(figure)
    if ratio is None:
        return ""
    if figure.name == figure.baseline:
        return "1"
    if ratio.low == ratio.high:
        return f"{ratio.median:.3g}"
    return f"{ratio.median:.3g} ({ratio.low:.3g} to {ratio.high:.3g})"
