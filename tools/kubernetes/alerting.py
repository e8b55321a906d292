"""Step: promtool reads the alerts, runs their unit tests, and looks at the names of our metrics and at the
dashboard's queries. The API server would take PromQL that nobody can parse."""

import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import yaml

from tools.kubernetes import toolbox
from tools.kubernetes.case import Case, Findings, Manifest
from tools.kubernetes.rendering import DEPLOY
from tools.telemetry.dashboard import drawn
from tools.telemetry.document import everything

TESTS: Final = DEPLOY / "k8s" / "components" / "monitoring" / "alerts.test.yaml"


class Alerting:
    name = "alerts"

    def __call__(self, cases: Sequence[Case]) -> Findings:
        promtool = toolbox.debian("prometheus", "promtool")
        texts = {case.name: _groups(rules) for case in cases if (rules := _rules(case))}
        # Most slips leave the alerts alone, and promtool takes its time.
        problems = {text: _problems(promtool, text) for text in set(texts.values())}
        return {name: problems[text] for name, text in texts.items()}


def _rules(case: Case) -> list[Manifest]:
    return [one for one in case.looked_at if one.get("kind") == "PrometheusRule"]


def _groups(rules: Sequence[Manifest]) -> str:
    """A rule file as promtool wants it: what a PrometheusRule has under `spec`."""
    return yaml.safe_dump({"groups": [group for rule in rules for group in rule["spec"]["groups"]]})


def _problems(promtool: Path, rules: str) -> list[str]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "alerts.yaml").write_text(rules, "utf-8")
        (folder / TESTS.name).write_text(TESTS.read_text("utf-8"), "utf-8")
        (folder / "dashboard.yaml").write_text(yaml.safe_dump({"groups": [_drawn()]}), "utf-8")
        for command in (["check", "rules", "alerts.yaml", "dashboard.yaml"], ["test", "rules", TESTS.name]):
            done = toolbox.run([promtool, *command], cwd=folder)
            if done.returncode:
                return [_told(done)]
    done = toolbox.run([promtool, "check", "metrics"], given=everything())
    return [_told(done)] if done.returncode else []


def _drawn() -> Manifest:
    """The dashboard's queries as rules, because promtool reads nothing else."""
    rules = [{"record": f"panel:{number}", "expr": query} for number, query in enumerate(drawn())]
    return {"name": "dashboard", "rules": rules}


def _told(done: "subprocess.CompletedProcess[str]") -> str:
    return " ".join((done.stdout + done.stderr).split())[-600:]
