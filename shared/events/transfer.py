"""A customer moved, or told to move, from one desk to another."""

from typing import Literal

from pydantic import Field

from shared.events.envelope import Envelope
from shared.events.words import FreeText, Id, ShortText, Words


class TransferWords(Words):
    contact_id: Id | None = None
    issue_id: Id | None = None
    from_desk: Id | None = Field(default=None, description="Absent: from a menu.")
    to_desk: Id
    from_agent: Id | None = None
    to_agent: Id | None = None
    mode: Literal["blind", "warm", "system"]
    reason: Literal["not_our_department", "skill", "language", "escalation", "closed", "other"]
    context_passed: bool


class ContactTransferred(Envelope):
    """A contact was moved to another desk, or from a menu to its first."""

    class Data(TransferWords):
        pass

    type: Literal["contact.transferred"] = "contact.transferred"
    data: Data


class ContactTransferFailed(Envelope):
    """A transfer that did not arrive; it voids the transfer announced before it."""

    class Data(TransferWords):
        cause: FreeText

    type: Literal["contact.transfer_failed"] = "contact.transfer_failed"
    data: Data


class ContactConsulted(Envelope):
    """A question to another desk; not a transfer."""

    class Data(Words):
        contact_id: Id
        issue_id: Id | None = None
        desk: Id
        with_desk: Id

    type: Literal["contact.consulted"] = "contact.consulted"
    data: Data


class RedirectAdvised(Envelope):
    """The customer was told to go elsewhere: a hand-off that leaves the work to the customer."""

    class Data(Words):
        contact_id: Id | None = None
        issue_id: Id | None = None
        desk: Id | None = None
        told: ShortText = Field(description="The number, URL or desk that the customer was given.")
        to_desk: Id | None = None

    type: Literal["redirect.advised"] = "redirect.advised"
    data: Data
