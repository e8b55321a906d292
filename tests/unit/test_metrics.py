"""What is measured: names that say what they are, and nothing in code, alerts, dashboard or page that others lack."""

import json
import re
from pathlib import Path

import pytest

from shared.telemetry import metrics
from shared.telemetry.meter import Meter
from shared.telemetry.metrics import METRICS, Kind, Metric, Unit
from tools.telemetry.document import DASHBOARDS, DOCUMENT, ROOT, alerts, named_in, renewed

KNOWN = {metric.name for metric in METRICS}
SOURCES = [
    path
    for folder in ("shared", "services")
    for path in sorted((ROOT / folder).rglob("*.py"))
    if path.name != "metrics.py"
]


@pytest.mark.parametrize(
    ("name", "kind", "unit"),
    [
        ("ashiato_waits", Kind.GAUGE, Unit.SECONDS),
        ("ashiato_events", Kind.COUNTER, Unit.ONE),
        ("ashiato_events_total", Kind.GAUGE, Unit.ONE),
        ("ashiato_wait_seconds", Kind.COUNTER, Unit.SECONDS),
        ("ashiato_wait_seconds", Kind.HISTOGRAM, Unit.SECONDS),
        ("waits_seconds", Kind.GAUGE, Unit.SECONDS),
        ("ashiato_Wait_seconds", Kind.GAUGE, Unit.SECONDS),
    ],
)
def test_a_name_that_does_not_say_what_it_is_is_refused(name: str, kind: Kind, unit: Unit) -> None:
    with pytest.raises(ValueError, match=name):
        Metric(name, kind, unit, "")


def test_there_are_metrics_and_no_two_of_a_name() -> None:
    assert len(METRICS) > 25
    assert len(KNOWN) == len(METRICS)


def test_every_metric_is_measured_somewhere() -> None:
    constants = {metric.name: name for name, metric in _constants().items()}
    text = "\n".join(path.read_text() for path in SOURCES)
    assert [name for name in sorted(KNOWN) if not re.search(rf"\b{constants[name]}\b", text)] == []


def test_the_page_says_what_the_code_says() -> None:
    text = DOCUMENT.read_text()
    assert text == renewed(text), "make telemetry puts it right"


def test_alerts_speak_of_metrics_that_exist() -> None:
    named = {alert["alert"]: named_in(alert["expr"]) for alert in alerts()}
    assert len(set().union(*named.values())) > 10
    assert {alert: unknown for alert, names in named.items() if (unknown := names - KNOWN)} == {}


def test_an_alerts_runbook_bears_its_name() -> None:
    for alert in alerts():
        words = re.findall("[A-Z][a-z]+", alert["alert"].removeprefix("Ashiato"))
        assert alert["annotations"]["runbook"] == f"docs/operations.md#{'-'.join(words).lower()}"


def test_every_alert_has_been_heard_in_a_test() -> None:
    tests = (DASHBOARDS.parent / "alerts.test.yaml").read_text()
    assert [alert["alert"] for alert in alerts() if f"alertname: {alert['alert']}\n" not in tests] == []


def test_dashboards_speak_of_metrics_that_exist() -> None:
    named = {path.name: named_in(" ".join(_expressions(path))) for path in sorted(DASHBOARDS.glob("*.json"))}
    assert len(set().union(*named.values())) > 15
    assert {name: unknown for name, names in named.items() if (unknown := names - KNOWN)} == {}


def test_what_is_not_there_yet_is_told_as_nought_and_what_is_gone_is_no_longer_told() -> None:
    meter, there = Meter("journey"), {"3": 1.5}
    [gauge] = [one for one in METRICS if one.name == "ashiato_position_age_seconds"]
    [counter] = [one for one in METRICS if one.name == "ashiato_events_set_aside_total"]
    meter.read_from(gauge, lambda: [((partition,), age) for partition, age in there.items()])
    meter.begin(counter, reason="schema")
    assert b'ashiato_position_age_seconds{partition="3",service="journey"} 1.5' in meter.text()
    assert b'ashiato_events_set_aside_total{reason="schema",service="journey"} 0.0' in meter.text()
    there.clear()
    assert b"ashiato_position_age_seconds{" not in meter.text()


def _constants() -> dict[str, Metric]:
    return {name: value for name, value in vars(metrics).items() if isinstance(value, Metric)}


def _expressions(path: Path) -> list[str]:
    board = json.loads(path.read_text())
    return [target["expr"] for panel in board["panels"] for target in panel.get("targets", [])]
