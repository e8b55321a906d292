"""The customer's problem, which may span many contacts."""

from typing import Literal

from shared.events.envelope import Envelope
from shared.events.words import FreeText, Id, Phase, ShortText, Words


class IssueWords(Words):
    issue_id: Id
    topic: ShortText | None = None
    product: ShortText | None = None
    desk: Id | None = None
    agent: Id | None = None


class IssueOpened(Envelope):
    """A problem got an id."""

    class Data(IssueWords):
        pass

    type: Literal["issue.opened"] = "issue.opened"
    data: Data


class IssueAssigned(Envelope):
    """A desk owns the issue now."""

    class Data(IssueWords):
        pass

    type: Literal["issue.assigned"] = "issue.assigned"
    data: Data


class IssueResolved(Envelope):
    """Somebody holds the problem to be solved."""

    class Data(Words):
        issue_id: Id | None = None
        contact_id: Id | None = None
        resolution: FreeText
        confirmed_by: Literal["agent", "customer", "silence"]

    type: Literal["issue.resolved"] = "issue.resolved"
    data: Data


class IssueReopened(Envelope):
    """It was not solved."""

    class Data(Words):
        issue_id: Id
        cause: FreeText

    type: Literal["issue.reopened"] = "issue.reopened"
    data: Data


class IssueDropped(Envelope):
    """Derived: the customer left midway and nothing followed."""

    class Data(Words):
        issue_id: Id | None = None
        phase: Phase

    type: Literal["issue.dropped"] = "issue.dropped"
    data: Data
