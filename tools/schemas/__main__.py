"""`python -m tools.schemas` writes shared/schemas from the models; `--check` shows the drift and exits 1 if any."""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from difflib import unified_diff
from pathlib import Path
from typing import Final

import yaml

from tools.schemas.asyncapi import document
from tools.schemas.json_schema import file_name, schemas

FOLDER: Final = Path(__file__).resolve().parents[2] / "shared" / "schemas"


def generated() -> dict[str, str]:
    """Text by file name: everything that belongs into the folder."""
    by_type = schemas()
    texts = {
        file_name(event_type): json.dumps(schema, ensure_ascii=False, indent=2) + "\n"
        for event_type, schema in by_type.items()
    }
    texts["asyncapi.yaml"] = yaml.safe_dump(document(by_type), sort_keys=False, allow_unicode=True, width=120)
    return texts


def drift(folder: Path, wanted: Mapping[str, str]) -> str:
    """Unified diff from the folder to what is wanted; empty when they agree."""
    present = {path.name: path.read_text("utf-8") for path in folder.glob("*") if path.is_file()}
    return "".join(
        line
        for name in sorted({*present, *wanted})
        for line in unified_diff(
            present.get(name, "").splitlines(keepends=True),
            wanted.get(name, "").splitlines(keepends=True),
            f"committed/{name}",
            f"generated/{name}",
        )
    )


def write(folder: Path, wanted: Mapping[str, str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.glob("*"):
        if path.is_file() and path.name not in wanted:
            path.unlink()
    for name, text in wanted.items():
        (folder / name).write_text(text, "utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.schemas", description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 when the files are stale")
    check: bool = parser.parse_args(arguments).check
    if not check:
        write(FOLDER, generated())
        return 0
    difference = drift(FOLDER, generated())
    sys.stdout.write(difference)
    return 1 if difference else 0


if __name__ == "__main__":
    sys.exit(main())
