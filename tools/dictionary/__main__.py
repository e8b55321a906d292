"""`python -m tools.dictionary FILE.vNUMBER.dict [--events FILE]`: make a dictionary (docs/operations.md, "Memory").

Without --events from made-up ones, as the one in the repository was. Exit codes: 0 written, 1 not.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from tools.dictionary.training import TooFewEvents, made_up, trained


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.dictionary", description=__doc__)
    parser.add_argument("file", type=Path, help="to write; one that exists is never changed")
    parser.add_argument("--events", type=Path, help="JSON lines, an event each, as senders write them")
    asked = parser.parse_args(arguments)
    if asked.file.exists():
        print(f"{asked.file}: exists, and something may be stored with it: take the next number", file=sys.stderr)
        return 1
    try:
        events = made_up() if asked.events is None else asked.events.read_bytes().splitlines()
        asked.file.write_bytes(trained(events))
    except (TooFewEvents, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
