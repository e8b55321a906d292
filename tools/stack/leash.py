"""Run a command that dies with its parent: `python leash.py PARENT_PID COMMAND ARGUMENT...`.

Replaces itself by the command, so the process id is the command's own. On Linux the kernel is asked to kill it as soon
as the parent is gone, even by SIGKILL; elsewhere the command simply runs. A wrapper rather than subprocess's
preexec_fn, which may deadlock in a process with threads. Standard library only: it runs with `python -I -S`.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def main(arguments: list[str]) -> None:
    parent, command = int(arguments[0]), arguments[1:]
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:  # it died before the kernel was asked
            sys.exit(1)
    os.execv(command[0], command)  # noqa: S606 - the point of this file


if __name__ == "__main__":
    main(sys.argv[1:])
