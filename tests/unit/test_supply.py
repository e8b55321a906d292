"""What is told of packages that others wrote."""

import json
from importlib.metadata import PackageMetadata
from typing import Any, cast

import pytest

from tools.supply import licences
from tools.supply.__main__ import main
from tools.supply.audit import judged
from tools.supply.locks import pins


def said(*packages: dict[str, Any]) -> str:
    return json.dumps({"dependencies": list(packages)})


WELL = {"name": "a", "version": "1", "vulns": []}
WEAK = {"name": "b", "version": "2", "vulns": [{"id": "CVE-1", "fix_versions": ["3"]}]}
UNKNOWN = {"name": "c", "skip_reason": "Dependency not found on PyPI"}


@pytest.mark.parametrize(
    ("out", "line", "code"),
    [
        (said(WELL), "nothing known against 1 packages", 0),
        (said(WELL, WEAK), "b 2: CVE-1, mended in 3", 1),
        (said(WELL, UNKNOWN), "c: could not be looked up", 1),
        (said(UNKNOWN, UNKNOWN), "not run: the index gives no data on weaknesses of any package", 0),
        ("", "not run: ERROR: no route", 0),
    ],
)
def test_an_audit_passes_over_nothing(out: str, line: str, code: int) -> None:
    assert judged(out, "WARNING: x\nERROR: no route\n") == ([line], code)


def test_every_pinned_package_has_its_row() -> None:
    text = licences.page()
    assert len(pins()) > 30
    assert [pin.name for pin in pins() if f"| {pin.name} | " not in text and not pin.conditional] == []


def test_the_page_is_what_the_packages_say() -> None:
    assert main(["licences", "--check"]) == 0


def of(**fields: Any) -> str:
    class Said:
        json = fields

    return licences.licence(cast(PackageMetadata, Said()))


def test_a_licence_is_named_by_the_best_there_is() -> None:
    classified = ["License :: OSI Approved :: MIT License", "Programming Language :: Python"]
    assert of(license="long " * 50, classifier=classified) == "MIT License"
    assert of(license_expression="BSD-3-Clause", license="BSD") == "BSD-3-Clause"
    assert of(license="MIT") == "MIT"
    assert of(license="word " * 50) == "says none"
