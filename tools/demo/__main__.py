"""`python -m tools.demo`: everything up, five stories happen, and a person sees what follows. Ctrl-C ends it.

`--smoke`: without a person. Exit codes: 0 as it must be (or ended by Ctrl-C), 1 not so, 2 wrong usage.
"""

import sys


def run() -> int:
    try:
        # Loading it all takes a second, in which a person may have thought better of it.
        from tools.demo.command import main  # noqa: PLC0415

        return main()
    except KeyboardInterrupt:
        return 130 if "--smoke" in sys.argv else 0  # as tools.demo.command


if __name__ == "__main__":
    sys.exit(run())
