"""The command: what was asked, and the exit code."""

import argparse
import asyncio
import json
import signal
import sys
import time
from pathlib import Path

from tools.cli.errors import BadInput, CliError
from tools.demo.errors import DemoError
from tools.demo.evidence import Check
from tools.demo.screen import Screen
from tools.demo.show import show
from tools.demo.smoke import smoke
from tools.demo.stage import ENDING, set_up
from tools.demo.stories import SAMPLES, Stories
from tools.stack import StackError


def main(arguments: list[str] | None = None) -> int:
    parser = _parser()
    asked = parser.parse_args(arguments)
    if asked.json and not asked.smoke:
        parser.error("--json goes with --smoke")
    for number in set(ENDING) - {signal.SIGINT}:
        signal.signal(number, lambda *_: signal.raise_signal(signal.SIGINT))  # ends as by Ctrl-C
    return _smoke(asked.stories, as_json=asked.json) if asked.smoke else _show(asked.stories)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tools.demo", description="The whole product, on this machine.", allow_abbrev=False
    )
    parser.add_argument("--smoke", action="store_true", help="without a person: check what must be seen, and end")
    parser.add_argument("--json", action="store_true", help="with --smoke: the result for machines")
    parser.add_argument("--stories", type=Path, default=SAMPLES, metavar="FOLDER", help="default: samples/stories")
    return parser


def _show(folder: Path) -> int:
    screen = Screen()
    try:
        stories = Stories.read(folder)
        screen.title("Ashiato: one timeline per customer, from every desk", "all of it on this machine; Ctrl-C ends it")
        with set_up(screen) as stage:
            asyncio.run(show(stage, stories, screen))
    except KeyboardInterrupt:
        screen.line("Stopped. No process is left, and the data of this demo is deleted.")
        return 0
    except (DemoError, StackError, CliError) as trouble:
        return _failed(trouble)
    return 0


def _smoke(folder: Path, *, as_json: bool) -> int:
    screen = Screen(sys.stderr if as_json else None)
    began = time.monotonic()
    checks: list[Check] = []
    try:
        stories = Stories.read(folder)
        with set_up(screen) as stage:
            checks = asyncio.run(smoke(stage, stories, screen))
    except KeyboardInterrupt:
        return 130
    except (DemoError, StackError, CliError) as trouble:
        if as_json:
            print(json.dumps({"ok": False, "error": str(trouble)}, ensure_ascii=False))
        return _failed(trouble)
    seconds = round(time.monotonic() - began, 1)
    if as_json:
        print(json.dumps({"ok": True, "seconds": seconds, "checks": [one.name for one in checks]}, ensure_ascii=False))
    for check in checks:
        screen.line(f"ok  {check.name}")
    screen.line(f"demo-smoke: {len(checks)} checks passed in {seconds:g} s")
    return 0


def _failed(trouble: Exception) -> int:
    print(f"error: {trouble}", file=sys.stderr)
    return 2 if isinstance(trouble, BadInput) else 1
