"""`python -m tools.kubernetes generate | check`. That the images work: `python -m tests.images`.

generate    writes the manifests that are made from code
check       everything that can be known without a cluster; the slips of mutations.py must each be stopped

Exit codes: 0 passed, 1 something is wrong or (with CI=true, unless --allow-not-run) a step could not run, 2 usage.
"""

import argparse
import os
import sys
from collections.abc import Sequence

from tools.kubernetes import generated, reporting
from tools.kubernetes.checking import STEPS, Outcome, outcomes


def main(arguments: Sequence[str] | None = None) -> int:
    asked = _parser().parse_args(arguments)
    if asked.verb == "generate":
        generated.write()
        return 0
    return check(asked.only, allow_not_run=asked.allow_not_run, quiet=asked.quiet)


def check(only: Sequence[str], *, allow_not_run: bool, quiet: bool) -> int:
    seen = []
    for outcome in outcomes(only):
        seen.append(outcome)
        print(*reporting.lines(outcome), sep="\n", flush=True)
    return conclude(seen, allow_not_run=allow_not_run, quiet=quiet)


def conclude(seen: Sequence[Outcome], *, allow_not_run: bool, quiet: bool) -> int:
    verdict = reporting.verdict(seen)
    rows = [row for row in reporting.table(seen) if not quiet or "MISSED" in row]
    if rows:
        print("", *rows, sep="\n")
    if verdict.not_run:
        print(f"\nnot run: {', '.join(verdict.not_run)}; what only they can know is not known")
    print(f"\n{'ok' if verdict.passed else 'FAILED'}: {reporting.count(seen)}")
    strict = os.environ.get("CI") == "true" and not allow_not_run
    return 0 if verdict.passed and not (verdict.not_run and strict) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.kubernetes", description="What runs on Kubernetes.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("generate", help="write the manifests that are made from code")
    check = verbs.add_parser("check", help="check everything that can be known without a cluster")
    check.add_argument("--only", action="append", default=[], choices=[step.name for step in STEPS], help="only this")
    check.add_argument("--quiet", action="store_true", help="of the mutations, name only those that were missed")
    check.add_argument("--allow-not-run", action="store_true", help="pass in CI though a tool is missing")
    return parser


if __name__ == "__main__":
    sys.exit(main())
