"""Samples, what is said of them, and the JSON they are kept in."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from math import ceil
from pathlib import Path
from statistics import median
from typing import Any, Self


@dataclass(frozen=True)
class Figure:
    """One row of a table. samples: one of each repetition, in the order in which they were taken.

    baseline: the name of the figure that this one is held against, repetition by repetition; "" for none.
    """

    name: str
    unit: str
    samples: list[float]
    baseline: str = ""

    @property
    def median(self) -> float:
        return median(self.samples)

    @property
    def low(self) -> float:
        return min(self.samples)

    @property
    def high(self) -> float:
        return max(self.samples)


@dataclass(frozen=True)
class Ratio:
    median: float
    low: float
    high: float


@dataclass
class Outcome:
    """What one benchmark found. settings: what it takes to repeat it. raw: single values behind the samples."""

    name: str
    title: str
    settings: dict[str, Any]
    figures: list[Figure] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    raw: dict[str, Any] = field(default_factory=dict)
    machine: dict[str, Any] = field(default_factory=dict)
    quick: bool = False

    def figure(self, name: str) -> Figure:
        return next(figure for figure in self.figures if figure.name == name)

    def ratio(self, figure: Figure) -> Ratio | None:
        """Medians over all, lowest and highest of one repetition, where both have been measured equally often."""
        if not figure.baseline:
            return None
        base = self.figure(figure.baseline)
        if figure is base:
            return Ratio(1.0, 1.0, 1.0)
        pairs = [mine / theirs for mine, theirs in zip(figure.samples, base.samples, strict=False)]
        return Ratio(figure.median / base.median, min(pairs), max(pairs))

    def written(self) -> dict[str, Any]:
        """As JSON, with the medians and ranges that can be computed from the samples."""
        content = asdict(self)
        for row, figure in zip(content["figures"], self.figures, strict=True):
            ratio = self.ratio(figure)
            row |= {"median": figure.median, "low": figure.low, "high": figure.high}
            row["ratio"] = asdict(ratio) if ratio else None
        return content

    @classmethod
    def read(cls, path: Path) -> Self:
        content = json.loads(path.read_text(encoding="utf-8"))
        names = ("name", "unit", "samples", "baseline")
        content["figures"] = [Figure(**{name: row[name] for name in names}) for row in content["figures"]]
        return cls(**content)


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` (0 to 1) of them do not exceed: one that occurred, nothing in between."""
    ordered = sorted(values)
    return ordered[max(0, ceil(share * len(ordered)) - 1)]


def by_name(samples: Mapping[str, Sequence[float]], unit: str, baseline: str = "") -> list[Figure]:
    return [Figure(name, unit, list(values), baseline) for name, values in samples.items()]
