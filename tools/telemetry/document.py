"""The generated parts of docs/telemetry.md: a table of metrics, a table of alerts."""

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final

import yaml

from shared.telemetry.meter import Meter, Reading
from shared.telemetry.metrics import METRICS, Kind, Metric

ROOT: Final = Path(__file__).parents[2]
DOCUMENT: Final = ROOT / "docs" / "telemetry.md"
MONITORING: Final = ROOT / "deploy" / "k8s" / "components" / "monitoring"
DASHBOARDS: Final = MONITORING / "dashboards"

_OURS: Final = re.compile(r"\bashiato_[a-z_]+\b")
_OF_A_HISTOGRAM: Final = re.compile(r"_(bucket|count|sum)$")


def renewed(text: str) -> str:
    """The document with its tables as they should be. Raises ValueError where a table's place is missing."""
    for name, table in (("metrics", _metrics()), ("alerts", _alerts())):
        begin, end = f"<!-- {name}: make telemetry -->\n", f"<!-- end of {name} -->"
        head, found, rest = text.partition(begin)
        _, closed, tail = rest.partition(end)
        if not found or not closed:
            raise ValueError(f"{DOCUMENT.name} has no place for {name}")
        text = head + begin + table + end + tail
    return text


def alerts() -> Iterator[dict[str, Any]]:
    for group in yaml.safe_load((MONITORING / "alerts.yaml").read_text("utf-8"))["spec"]["groups"]:
        yield from group["rules"]


def everything() -> str:
    """Every metric once, as Prometheus reads it: for promtool."""
    meter = Meter("service")
    for metric in METRICS:
        if metric.kind is Kind.GAUGE:
            meter.read_from(metric, partial(_one, metric))
        else:
            meter.begin(metric, **dict.fromkeys(metric.labels, "label"))
    return meter.text().decode()


def _one(metric: Metric) -> list[Reading]:
    return [(metric.labels, 1.0)]


def named_in(expression: str) -> set[str]:
    """Our metrics in a query, a histogram's by its own name."""
    known = {metric.name for metric in METRICS}
    found = set(_OURS.findall(expression))
    return {name if name in known else _OF_A_HISTOGRAM.sub("", name) for name in found}


def _metrics() -> str:
    head = "| metric | kind, labels beside `service` | meaning |\n|---|---|---|\n"
    return head + "".join(map(_row, METRICS))


def _row(metric: Metric) -> str:
    labels = "".join(f", {label}" for label in metric.labels)
    return f"| `{metric.name}` | {metric.kind.value}{labels} | {metric.meaning} |\n"


def _alerts() -> str:
    head = "| alert | wakes | what it says | runbook |\n|---|---|---|---|\n"
    return head + "".join(
        f"| {one['alert'].removeprefix('Ashiato')} | {'somebody' if one['labels']['severity'] == 'page' else 'nobody'} "
        f"| {one['annotations']['summary']} | [{_anchor(one)}](operations.md#{_anchor(one)}) |\n"
        for one in alerts()
    )


def _anchor(alert: dict[str, Any]) -> str:
    return str(alert["annotations"]["runbook"]).partition("#")[2]
