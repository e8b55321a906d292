"""How a command ends when it does not end well: one line on stderr that says what to mend, and an exit code.

CliError
├── BadInput         2   what was asked, or the file given, cannot be used
├── Unavailable      1   a service, Kafka or Redis does not answer (now)
├── NotThere         1   what was asked for does not exist
├── Rejected         1   a service refused the question
└── PipeClosed       0   whoever read our output has read enough
"""


class CliError(Exception):
    code = 1


class BadInput(CliError):
    """What was asked, or the file given, cannot be used as it is."""

    code = 2


class Unavailable(CliError):
    """No answer, or an answer that says "not now". retry_after: seconds, as the service says."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class NotThere(CliError):
    """What was asked for does not exist."""


class Rejected(CliError):
    """A service understood, and says no."""


class PipeClosed(CliError):
    """Whoever read our output has read enough."""

    code = 0
