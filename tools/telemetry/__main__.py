"""`python -m tools.telemetry` puts the tables of docs/telemetry.md right; with --check it only says whether they are."""

import sys

from tools.telemetry.document import DOCUMENT, renewed


def main(arguments: list[str]) -> int:
    text = DOCUMENT.read_text("utf-8")
    right = renewed(text)
    if "--check" not in arguments:
        DOCUMENT.write_text(right, "utf-8")
    elif text != right:
        print(f"{DOCUMENT.name} is not what the code says: run make telemetry", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
