"""The pictures of docs/performance.md, one SVG for each, from the newest full results. Run by benchmarks.report.

    python -m benchmarks.plots OUTCOME.json... FOLDER

In the peers' environment, which has matplotlib: only that, the standard library and figures.py.
"""

import re
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import matplotlib as mpl
from matplotlib import pyplot

from benchmarks.figures import Figure, Outcome

OURS, OTHERS, LIGHT = "#1f6f8b", "#9aa5ab", "#d8dee1"
_SERIES: Final = ("#1f6f8b", "#d98032", "#6b8e4e", "#8b3f6f")
_LENGTH: Final = "entries of the timeline"
_WIDE: Final = (7.2, 3.4)
Axes = Any


def ratios(outcome: Outcome, axes: Axes) -> None:
    """Rates of all engines against the one they are held against, the range of single turns as a line."""
    rates = [figure for figure in outcome.figures if figure.unit == "events/s" and "nothing done" not in figure.name]
    rates.sort(key=lambda figure: figure.median)
    found = [(figure, ratio) for figure in rates if (ratio := outcome.ratio(figure)) is not None]
    for place, (figure, ratio) in enumerate(found):
        axes.barh(place, ratio.median, color=OURS if figure.name.startswith("Ashiato") else OTHERS, height=0.62)
        axes.plot([ratio.low, ratio.high], [place, place], color="black", linewidth=1.2, marker="|")
        _said(axes, f"{ratio.median:.2g}×  ({float(f'{figure.median:.3g}'):,.0f}/s)", ratio.high, place)
    axes.set_yticks(range(len(found)), [figure.name for figure, _ in found])
    axes.set_xlim(0, max(ratio.high for _, ratio in found) * 1.3)
    axes.axvline(1, color="black", linewidth=0.6, linestyle=":")
    axes.set_xlabel(f"events a second, as a multiple of {rates[0].baseline}")
    axes.grid(visible=False, axis="y")


def latencies(outcome: Outcome, axes: Axes) -> None:
    """p50 and p99 of what a person waits for, against the rate of events."""
    aim = outcome.settings["aim_p99_ms"]
    _logarithmic(axes, f"events a second; dotted: the aim of {aim} ms", "ms since it was due to be sent")
    what = {
        "POST to visible in the look-up": "visible in the look-up",
        "POST to flag on the topic": "flag on the topic",
    }
    for color, (prefix, label) in zip(_SERIES, what.items(), strict=False):
        for name, line in (("p50", "--"), ("p99", "-")):
            points = _against(outcome, rf"{re.escape(prefix)} at ([\d,]+)/s, {name}$")
            _line(axes, points, color, line, f"{label}, {name}")
    axes.axhline(aim, color="black", linewidth=0.6, linestyle=":")
    _legend(axes)


def look_ups(outcome: Outcome, axes: Axes) -> None:
    """p99 and CPU of a look-up against the length of the timeline."""
    _logarithmic(axes, _LENGTH, "ms")
    _line(axes, _against(outcome, r"p99 at ([\d,]+) entries"), _SERIES[1], "-", "p99 with 16 connections, ms")
    cpu = _against(outcome, r"CPU of the api at ([\d,]+) entries")
    scaled = {length: Figure(one.name, "ms", [value / 1000 for value in one.samples]) for length, one in cpu.items()}
    _line(axes, scaled, _SERIES[0], "-", "CPU of the API for one, ms")
    _legend(axes)


def appends(outcome: Outcome, axes: Axes) -> None:
    """What one more event costs the handler against the length of the timeline."""
    _logarithmic(axes, _LENGTH, "µs an event")
    kinds = {
        "append": "state remembered",
        "append, cold": "state read",
        "append, a tenth sharing its second": "a little late: a tenth shares its second",
        "append of a late event": "very late: folded anew",
    }
    for color, (prefix, label) in zip(_SERIES, kinds.items(), strict=True):
        _line(axes, _against(outcome, rf"{prefix} at ([\d,]+) entries"), color, "-", label)
    _legend(axes)


def stalls(outcome: Outcome, axes: Axes) -> None:
    """How long a partition is not read."""
    for place, figure in enumerate(reversed(outcome.figures)):
        axes.barh(place, figure.median, color=OURS, height=0.55)
        axes.plot([figure.low, figure.high], [place, place], color="black", linewidth=1.2, marker="|")
        _said(axes, f"{figure.median:.2g} s", figure.high, place)
    axes.set_yticks(range(len(outcome.figures)), [figure.name for figure in reversed(outcome.figures)])
    axes.set_xlim(0, max(figure.high for figure in outcome.figures) * 1.15)
    axes.axvline(outcome.settings["session_timeout_s"], color="black", linewidth=0.6, linestyle=":")
    axes.set_xlabel("seconds without a save in the worst partition; dotted: the session timeout")
    axes.grid(visible=False, axis="y")


class Picture(NamedTuple):
    outcome: str
    title: str
    paint: Callable[[Outcome, Axes], None]


PICTURES: Final = {
    "engines": Picture("engines", "The same work on several engines", ratios),
    "engines_zipf": Picture("engines_zipf", "The same, one customer with a tenth of the events", ratios),
    "post_to_visible": Picture("post_to_visible", "From POST to visible, and to the flag", latencies),
    "look_ups": Picture("look_ups", "A look-up against the length of the timeline", look_ups),
    "appends": Picture("look_ups", "One more event against the length of the timeline", appends),
    "rebalance": Picture("rebalance", "What a rebalance costs", stalls),
}


def _said(axes: Axes, text: str, right_of: float, place: int) -> None:
    behind = {"facecolor": "white", "edgecolor": "none", "pad": 1.0}
    axes.annotate(text, (right_of, place), (6, 0), textcoords="offset points", va="center", bbox=behind)


def _against(outcome: Outcome, pattern: str) -> dict[int, Figure]:
    """Figures by the number in their names."""
    found = ((re.match(pattern, figure.name), figure) for figure in outcome.figures)
    return {int(match[1].replace(",", "")): figure for match, figure in found if match}


def _line(axes: Axes, points: Mapping[int, Figure], color: str, style: str, label: str) -> None:
    """Medians, with the range of the repetitions behind them."""
    at = sorted(points)
    axes.plot(at, [points[one].median for one in at], color=color, linestyle=style, marker="o", ms=3.5, label=label)
    axes.fill_between(at, [points[one].low for one in at], [points[one].high for one in at], color=color, alpha=0.15)
    axes.set_xticks(at, [f"{one:,}" for one in at])
    axes.minorticks_off()


def _logarithmic(axes: Axes, across: str, up: str) -> None:
    """Before anything is drawn: a scale takes the marks of its axis away."""
    axes.set(xscale="log", yscale="log", xlabel=across, ylabel=up)
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}" if value >= 1 else f"{value:g}")


def _legend(axes: Axes) -> None:
    axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0))


def draw(outcomes: Sequence[Outcome], folder: Path, kind: str = "svg") -> None:
    mpl.use("agg")
    # The same results give the same bytes, so that a page that has not changed shows no difference.
    mpl.rcParams |= {"svg.hashsalt": "ashiato", "font.size": 9, "axes.spines.top": False, "axes.spines.right": False}
    mpl.rcParams |= {"axes.grid": True, "grid.color": LIGHT, "axes.axisbelow": True}
    by_name = {outcome.name: outcome for outcome in outcomes}
    folder.mkdir(parents=True, exist_ok=True)
    for name, picture in PICTURES.items():
        if picture.outcome not in by_name:
            continue
        figure, axes = pyplot.subplots(figsize=_WIDE, layout="constrained")
        picture.paint(by_name[picture.outcome], axes)
        axes.set_title(picture.title, loc="left", fontsize=10, fontweight="bold")
        figure.savefig(folder / f"{name}.{kind}", metadata={"Date": None} if kind == "svg" else None, dpi=130)
        pyplot.close(figure)


if __name__ == "__main__":
    *paths, into = sys.argv[1:]
    draw([Outcome.read(Path(path)) for path in paths], Path(into))
