"""`python -m tools.stack up | down | status | fetch`: Kafka and Valkey in the background, on loopback.

Exit codes: 0 done (status: everything answers), 1 status: something does not answer, 2 it could not be done.
"""

import argparse
import sys

from tools.stack import background
from tools.stack.errors import StackError
from tools.stack.jars import class_path


def main(arguments: list[str] | None = None) -> int:
    asked = _parser().parse_args(arguments)
    try:
        return _do(asked)
    except StackError as trouble:
        print(f"error: {trouble}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.stack", description="Kafka and Valkey on loopback.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    up = verbs.add_parser("up", help="start both and create the topics; harmless when they run")
    up.add_argument("--partitions", type=int, default=8, help="of the event topics, when they are created (8)")
    down = verbs.add_parser("down", help="stop both; Kafka's data stays for the next time")
    down.add_argument("--erase", action="store_true", help="and delete the data")
    verbs.add_parser("status", help="what runs, and where")
    verbs.add_parser("fetch", help="fetch and check the jars, and nothing else")
    return parser


def _do(asked: argparse.Namespace) -> int:
    match asked.verb:
        case "up":
            found = background.up(asked.partitions)
            print(*_lines(found), *background.moved(found), "Stop them with: make down", sep="\n")
            return 0
        case "down":
            print("Stopped." if background.down(erase=asked.erase) else "Nothing was running.")
            return 0
        case "status":
            now = background.status()
            print(*(_lines(now) if now else ["Nothing was started. Start it with: make up"]), sep="\n")
            return 0 if now and now.answers else 1
        case _:
            class_path()
            return 0


def _lines(found: background.Background) -> list[str]:
    return [f"{server.name:<7} {server.address:<28} {_state(server)}  log: {server.log}" for server in found.servers]


def _state(server: background.Server) -> str:
    if server.answers:
        return f"answers, pid {server.pid}"
    return f"runs but does not answer, pid {server.pid}" if server.running else "does not run"


if __name__ == "__main__":
    sys.exit(main())
