"""Messages and calls from us to the customer, and notices with their reason."""

from typing import Literal

from pydantic import Field

from shared.events.envelope import Envelope
from shared.events.words import FreeText, Moment, ShortText, Words


class Shift(Words):
    """A window in which the customer finds the same person again."""

    begins: Moment = Field(alias="from")
    ends: Moment = Field(alias="to")


class OutreachWords(Words):
    channel: ShortText
    purpose: FreeText
    counts_toward_cap: bool
    owner_hours: tuple[Shift, ...] | None = Field(
        default=None, strict=False, description="The shift windows that the customer was told."
    )


class OutreachSent(Envelope):
    """A message or call from us went out."""

    class Data(OutreachWords):
        pass

    type: Literal["outreach.sent"] = "outreach.sent"
    data: Data


class OutreachFailed(Envelope):
    """A message or call from us did not arrive."""

    class Data(OutreachWords):
        pass

    type: Literal["outreach.failed"] = "outreach.failed"
    data: Data


class OutreachAnswered(Envelope):
    """The customer answered a message or call from us."""

    class Data(OutreachWords):
        pass

    type: Literal["outreach.answered"] = "outreach.answered"
    data: Data


class NoticeWords(Words):
    cause: Literal["incident", "bill_change", "unused_subscription", "delay"]
    explanation: FreeText
    product: ShortText | None = None


class NoticeRaised(Envelope):
    """There is something the customer should hear from us first, with the reason."""

    class Data(NoticeWords):
        pass

    type: Literal["notice.raised"] = "notice.raised"
    data: Data


class NoticeDelivered(Envelope):
    """The customer was told."""

    class Data(NoticeWords):
        pass

    type: Literal["notice.delivered"] = "notice.delivered"
    data: Data
