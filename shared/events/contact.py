"""One interaction as the customer sees it: a call, chat, visit or mail."""

from typing import Literal

from pydantic import Field

from shared.events.envelope import Envelope
from shared.events.words import Channel, Count, FreeText, Id, Phase, Seconds, ShortText, Words


class ContactWords(Words):
    contact_id: Id
    issue_id: Id | None = None


class ContactStarted(Envelope):
    """A customer came in touch with us, or we with them."""

    class Data(ContactWords):
        channel: Channel
        direction: Literal["inbound", "outbound"]
        entry_point: ShortText = Field(description="The number or URL that the customer used.")
        topic: ShortText | None = None
        product: ShortText | None = None
        language: ShortText | None = None

    type: Literal["contact.started"] = "contact.started"
    data: Data


class ContactQueued(Envelope):
    """The contact waits for a desk."""

    class Data(ContactWords):
        desk: Id
        position: Count | None = None
        expected_wait_s: Seconds | None = None

    type: Literal["contact.queued"] = "contact.queued"
    data: Data


WaitChoice = Literal["wait", "callback", "message", "none"]


class ContactWaitChoice(Envelope):
    """What the waiting customer was offered, and chose."""

    class Data(ContactWords):
        offered: tuple[WaitChoice, ...] = Field(strict=False)
        chosen: WaitChoice

    type: Literal["contact.wait_choice"] = "contact.wait_choice"
    data: Data


class ContactConnected(Envelope):
    """A person at a desk answered."""

    class Data(ContactWords):
        desk: Id
        agent: Id
        wait_s: Seconds

    type: Literal["contact.connected"] = "contact.connected"
    data: Data


class ContactEnded(Envelope):
    """The contact is over; by whom and where it ended says whose failure it was."""

    class Data(ContactWords):
        desk: Id | None = None
        ended_by: Literal["customer", "agent", "third_party", "system", "telecom", "unknown"]
        phase: Phase
        wait_s: Seconds | None = None
        talk_s: Seconds | None = None
        raw_reason: FreeText | None = None

    type: Literal["contact.ended"] = "contact.ended"
    data: Data


class ContactReExplained(Envelope):
    """The customer had to say again who they are or what is wrong."""

    class Data(ContactWords):
        what: Literal["identity", "problem"]

    type: Literal["contact.re_explained"] = "contact.re_explained"
    data: Data
