"""`python -m tests.protocol_model [--larger] [--traces]`: explore, and print what docs/protocol.md quotes."""

import argparse
import time
from collections.abc import Iterable

from tests.protocol_model.breaks import BREAKS, COUNTED_ON, LARGER, SIZES
from tests.protocol_model.explore import explored
from tests.protocol_model.model import Model
from tests.protocol_model.world import Size


def _sizes(sizes: Iterable[Size]) -> None:
    print("| records, by the flags they raise | faults | worlds | steps | longest way | seconds | broken |")
    print("|---|---|---|---|---|---|---|")
    for size in sizes:
        seen = explored(Model(size))
        log, found = ", ".join(map(str, size.log)), seen.found or "nothing"
        counts = f"{seen.worlds:,} | {seen.steps:,} | {seen.depth} | {seen.seconds:.0f}"
        print(f"| {log} | any {size.faults.total} | {counts} | {found} |", flush=True)


def _breaks(traces: bool) -> None:
    begun, worlds = time.process_time(), 0
    for title, ones in (("left out", BREAKS), ("counted on, and not so", COUNTED_ON)):
        print(f"\n| {title} | what breaks | steps |\n|---|---|---|")
        for one in ones:
            seen = one.explored()
            worlds += seen.worlds
            found = seen.found
            told = f"{found.broken} | {len(found.steps)}" if found else "nothing | -"
            print(f"| {one.instead} | {told} |", flush=True)
            if traces:
                print(f"\n{found}\n")
    print(f"\n{worlds:,} worlds in {time.process_time() - begun:.1f} s")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.protocol_model", description=__doc__)
    parser.add_argument("--larger", action="store_true", help="sizes that take minutes, and some GB, too")
    parser.add_argument("--traces", action="store_true", help="the shortest trace of each break")
    chosen = parser.parse_args()
    _sizes([*SIZES, *(LARGER if chosen.larger else ())])
    _breaks(chosen.traces)


main()
