"""`python -m tools.telemetry` writes the tables of docs/telemetry.md and the dashboard; with --check it only looks."""

import sys
from typing import Final

from tools.telemetry.dashboard import dashboard
from tools.telemetry.document import DASHBOARDS, DOCUMENT, ROOT, renewed

BOARD: Final = DASHBOARDS / "ashiato.json"


def main(arguments: list[str]) -> int:
    wanted = {DOCUMENT: renewed(DOCUMENT.read_text("utf-8")), BOARD: dashboard()}
    wrong = [path for path, text in wanted.items() if not path.exists() or path.read_text("utf-8") != text]
    if "--check" in arguments:
        for path in wrong:
            print(f"{path.relative_to(ROOT)} is not what the code says: run make telemetry", file=sys.stderr)
        return 1 if wrong else 0
    for path in wrong:
        path.parent.mkdir(exist_ok=True)
        path.write_text(wanted[path], "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
