"""Taking things back: a customer's data, or one event."""

from typing import Literal

from shared.events.envelope import Envelope
from shared.events.words import FreeText, Id, ShortText, Words


class CustomerErased(Envelope):
    """The customer's data is to be forgotten."""

    class Data(Words):
        scope: ShortText
        requested_by: Id

    type: Literal["customer.erased"] = "customer.erased"
    data: Data


class EventRetracted(Envelope):
    """Voids an event of the same source and customer for good, also when it arrives first."""

    class Data(Words):
        retracts: Id
        reason: FreeText

    type: Literal["event.retracted"] = "event.retracted"
    data: Data
