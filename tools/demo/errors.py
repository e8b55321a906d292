"""Why the demo ends with exit code 1. The message is one line, followed by log lines where a process is to blame.

DemoError
├── ProcessEnded     a process of ours died
├── NotReady         a process runs, and does not get ready
├── BadStories       samples/stories cannot be used as it is
└── NotSeen          what had to be seen was not
"""


class DemoError(Exception):
    """The command line prints the message and exits with 1."""


class ProcessEnded(DemoError):
    """A process died; the message says which, and ends with the last lines of its log."""


class NotReady(DemoError):
    """A process runs but did not get ready before the deadline; the message says what it still lacked."""


class BadStories(DemoError):
    """samples/stories cannot be used as it is."""


class NotSeen(DemoError):
    """Something that had to be seen was not seen before the deadline."""
