"""`python -m tools.supply audit | licences [--check]`. Exit codes: 0 well, or an audit could not run; 1 not well."""

import argparse
import sys
from collections.abc import Sequence

from tools.supply import licences
from tools.supply.audit import audit


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.supply", description="What we ship that others wrote.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("audit", help="known weaknesses of what requirements.lock pins")
    listing = verbs.add_parser("licences", help="write docs/licences.md")
    listing.add_argument("--check", action="store_true", help="write nothing; 1 when it would change")
    asked = parser.parse_args(arguments)
    if asked.verb == "audit":
        verdict = audit()
        print(*verdict.lines, sep="\n")
        return verdict.code
    if asked.check:
        if licences.drifted():
            print("docs/licences.md is not what the packages say: `python -m tools.supply licences`", file=sys.stderr)
            return 1
        return 0
    licences.PAGE.write_text(licences.page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
