"""What can keep a check from saying anything.

CheckError
├── NotRun             something it needs is not on this machine; the message says what to install
├── RenderingFailed    kustomize refused
└── ToolFailed         a tool ended in a way that says nothing about what it was to look at
"""


class CheckError(Exception):
    """One line a person can act on."""


class NotRun(CheckError):
    """A tool, or the network it would come over, is missing."""


class RenderingFailed(CheckError):
    """The message is kustomize's own."""


class ToolFailed(CheckError):
    """Neither accepted nor refused."""
