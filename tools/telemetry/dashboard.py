"""panels.py as Grafana reads it: deploy/k8s/components/monitoring/dashboards/ashiato.json."""

import json
from collections.abc import Iterator
from itertools import count
from typing import Any, Final

from tools.telemetry.panels import ROWS, Panel

_WIDTH: Final = 8  # of 24: three panels in a line
_HEIGHT: Final = 7
_SOURCE: Final = {"type": "prometheus", "uid": "${source}"}


def dashboard() -> str:
    """Stable: the same panels, the same text."""
    board = {
        "uid": "ashiato",
        "title": "Ashiato",
        "schemaVersion": 39,
        "timezone": "browser",
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "templating": {
            "list": [
                {"name": "source", "type": "datasource", "query": "prometheus", "label": "Prometheus"},
                {"name": "namespace", "type": "textbox", "query": "ashiato", "current": {"value": "ashiato"}},
            ]
        },
        "panels": list(_panels()),
    }
    return json.dumps(board, indent=1) + "\n"


def drawn() -> list[str]:
    """Every query, for the namespace of the manifests."""
    return [_of_namespace(query, "ashiato") for _, panels in ROWS for panel in panels for query, _ in panel.queries]


def _of_namespace(query: str, namespace: str) -> str:
    return query.replace("$ns", f'namespace=~"{namespace}"')


def _panels() -> Iterator[dict[str, Any]]:
    numbers, top = count(1), 0
    for title, panels in ROWS:
        yield {"id": next(numbers), "type": "row", "title": title, "panels": [], "gridPos": _at(0, top, 24, 1)}
        top += 1
        for place, panel in enumerate(panels):
            line, column = divmod(place, 24 // _WIDTH)
            yield _drawn(panel, next(numbers), _at(column * _WIDTH, top + line * _HEIGHT, _WIDTH, _HEIGHT))
        top += -(-len(panels) * _WIDTH // 24) * _HEIGHT


def _at(x: int, y: int, width: int, height: int) -> dict[str, int]:
    return {"x": x, "y": y, "w": width, "h": height}


def _drawn(panel: Panel, number: int, place: dict[str, int]) -> dict[str, Any]:
    steps: list[dict[str, Any]] = [{"color": "green", "value": None}]
    if panel.bad_above is not None:
        steps.append({"color": "red", "value": panel.bad_above})
    return {
        "id": number,
        "type": panel.drawn,
        "title": panel.title,
        "datasource": _SOURCE,
        "gridPos": place,
        "fieldConfig": {
            "defaults": {"unit": panel.unit, "thresholds": {"mode": "absolute", "steps": steps}},
            "overrides": [],
        },
        "targets": [
            {
                "refId": chr(ord("A") + index),
                "datasource": _SOURCE,
                "expr": _of_namespace(expression, "$namespace"),
                "legendFormat": legend,
            }
            for index, (expression, legend) in enumerate(panel.queries)
        ],
    }
