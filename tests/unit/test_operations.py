"""docs/operations.md says of every alert what to do, and quotes the code where it quotes."""

import re
from pathlib import Path

import pytest
import yaml

from shared.connections import Connections
from tools.cli.doctor import rights
from tools.kubernetes.redis_access import STORES

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "operations.md").read_text("utf-8")
ALERTS = ROOT / "deploy" / "k8s" / "components" / "monitoring" / "alerts.yaml"


def anchors(text: str) -> set[str]:
    """As GitHub makes them of headings."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def alerts() -> list[tuple[str, str]]:
    groups = yaml.safe_load(ALERTS.read_text("utf-8"))["spec"]["groups"]
    return [(rule["alert"], rule["annotations"]["runbook"]) for group in groups for rule in group["rules"]]


@pytest.mark.parametrize(("alert", "runbook"), alerts())
def test_each_alert_names_a_section(alert: str, runbook: str) -> None:
    page, _, anchor = runbook.partition("#")
    assert page == "docs/operations.md"
    assert anchor in anchors(PAGE), f"{alert} has no section"


def test_links_within_the_page_lead_somewhere() -> None:
    links = set(re.findall(r"\]\(#([a-z-]+)\)", PAGE))
    assert links
    assert links <= anchors(PAGE)


def test_users_of_redis_are_those_of_the_code() -> None:
    quoted = PAGE.split("<!-- users of redis -->")[1].split("<!-- end -->")[0]
    assert quoted.strip() == "\n".join(["```", *(one.rule for one in STORES), rights.REDIS, "```"])


def test_what_the_functions_call_is_granted() -> None:
    source = (ROOT / "shared" / "projection" / "functions.lua").read_text("utf-8")
    called = set(re.findall(r"(?:redis\.call|in_one|in_chunks|gathered)\('([A-Z]+)'", source))
    assert len(called) > 15
    worker = next(one.rule for one in STORES if one.writes)
    assert [one for one in sorted(called) if f"+{one.lower()} " not in f"{worker} "] == []


def test_every_setting_of_the_connections_is_told() -> None:
    assert [name for name in Connections.model_fields if f"`ASHIATO_{name.upper()}`" not in PAGE] == []
