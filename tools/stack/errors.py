"""What can go wrong while setting up or running the local servers.

StackError
├── JarsUnavailable   a jar could not be fetched (no network, no such file, disk full)
├── WrongHash         a jar is not the one that tools/stack/kafka-jars.sha256 names
├── DidNotStart       a server ended before it answered
├── DidNotAnswer      a server runs but did not answer before the deadline
└── TopicsDiffer      a topic exists with another number of partitions than asked for
"""


class StackError(Exception):
    """One line a person can act on; the command line prints it and exits with 2."""


class JarsUnavailable(StackError):
    """A jar could not be fetched."""


class WrongHash(StackError):
    """A fetched jar is not the committed one; it has been deleted."""


class DidNotStart(StackError):
    """A server ended before it answered; the message ends with the last lines of its log."""


class DidNotAnswer(StackError):
    """A server did not answer before its deadline; the message ends with the last lines of its log."""


class TopicsDiffer(StackError):
    """A topic has another number of partitions. It is fixed for life, so nothing was changed."""
