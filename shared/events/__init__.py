"""The words of the product: one frozen model per event type, and `Event`, any of them. No behaviour."""

from typing import Annotated, Final, TypeAlias, get_args

from pydantic import Field

from shared.events.contact import (
    ContactConnected,
    ContactEnded,
    ContactQueued,
    ContactReExplained,
    ContactStarted,
    ContactWaitChoice,
)
from shared.events.customer import (
    About,
    Cap,
    CustomerMerged,
    CustomerUnmerged,
    FeedbackGiven,
    IdentifierLinked,
    IdentifierUnlinked,
    PreferenceSet,
    QuietHours,
    SituationExpired,
    SituationNoted,
)
from shared.events.envelope import (
    VERSION,
    Envelope,
    UnknownEvent,
    schema_urn,
)
from shared.events.flag import (
    Cause,
    FlagRaised,
    FlagSettled,
    FlagWithdrawn,
)
from shared.events.followup import (
    FollowupDone,
    FollowupPlanned,
    FollowupSkipped,
)
from shared.events.identity import (
    DERIVED_SOURCES,
    FOLLOWUP,
    JOURNEY,
    ROUTING,
    derive,
    is_derived,
    time_part,
)
from shared.events.issue import (
    IssueAssigned,
    IssueDropped,
    IssueOpened,
    IssueReopened,
    IssueResolved,
)
from shared.events.outreach import (
    NoticeDelivered,
    NoticeRaised,
    OutreachAnswered,
    OutreachFailed,
    OutreachSent,
    Shift,
)
from shared.events.privacy import (
    CustomerErased,
    EventRetracted,
)
from shared.events.promise import (
    PromiseAttempted,
    PromiseCancelled,
    PromiseKept,
    PromiseMade,
    PromiseMissed,
    PromiseReassigned,
    PromiseRescheduled,
)
from shared.events.transfer import (
    ContactConsulted,
    ContactTransferFailed,
    ContactTransferred,
    RedirectAdvised,
)
from shared.events.words import (
    Moment,
    Owner,
    Reference,
    rfc3339,
)

KnownEvent: TypeAlias = (
    ContactStarted
    | ContactQueued
    | ContactWaitChoice
    | ContactConnected
    | ContactEnded
    | ContactReExplained
    | ContactTransferred
    | ContactTransferFailed
    | ContactConsulted
    | RedirectAdvised
    | IssueOpened
    | IssueAssigned
    | IssueResolved
    | IssueReopened
    | IssueDropped
    | PromiseMade
    | PromiseRescheduled
    | PromiseReassigned
    | PromiseCancelled
    | PromiseAttempted
    | PromiseKept
    | PromiseMissed
    | FollowupPlanned
    | FollowupDone
    | FollowupSkipped
    | OutreachSent
    | OutreachFailed
    | OutreachAnswered
    | NoticeRaised
    | NoticeDelivered
    | PreferenceSet
    | SituationNoted
    | SituationExpired
    | FeedbackGiven
    | IdentifierLinked
    | IdentifierUnlinked
    | CustomerMerged
    | CustomerUnmerged
    | FlagRaised
    | FlagWithdrawn
    | FlagSettled
    | CustomerErased
    | EventRetracted
)
Event: TypeAlias = KnownEvent | UnknownEvent

# The tag is on `type`; what no tag names is read again as UnknownEvent (shared.event_log.wire).
TaggedEvent: TypeAlias = Annotated[KnownEvent, Field(discriminator="type")]

BY_TYPE: Final[dict[str, type[Envelope]]] = {kind.model_fields["type"].default: kind for kind in get_args(KnownEvent)}

__all__ = [
    "BY_TYPE",
    "DERIVED_SOURCES",
    "FOLLOWUP",
    "JOURNEY",
    "ROUTING",
    "VERSION",
    "About",
    "Cap",
    "Cause",
    "ContactConnected",
    "ContactConsulted",
    "ContactEnded",
    "ContactQueued",
    "ContactReExplained",
    "ContactStarted",
    "ContactTransferFailed",
    "ContactTransferred",
    "ContactWaitChoice",
    "CustomerErased",
    "CustomerMerged",
    "CustomerUnmerged",
    "Envelope",
    "Event",
    "EventRetracted",
    "FeedbackGiven",
    "FlagRaised",
    "FlagSettled",
    "FlagWithdrawn",
    "FollowupDone",
    "FollowupPlanned",
    "FollowupSkipped",
    "IdentifierLinked",
    "IdentifierUnlinked",
    "IssueAssigned",
    "IssueDropped",
    "IssueOpened",
    "IssueReopened",
    "IssueResolved",
    "KnownEvent",
    "Moment",
    "NoticeDelivered",
    "NoticeRaised",
    "OutreachAnswered",
    "OutreachFailed",
    "OutreachSent",
    "Owner",
    "PreferenceSet",
    "PromiseAttempted",
    "PromiseCancelled",
    "PromiseKept",
    "PromiseMade",
    "PromiseMissed",
    "PromiseReassigned",
    "PromiseRescheduled",
    "QuietHours",
    "RedirectAdvised",
    "Reference",
    "Shift",
    "SituationExpired",
    "SituationNoted",
    "TaggedEvent",
    "UnknownEvent",
    "derive",
    "is_derived",
    "rfc3339",
    "schema_urn",
    "time_part",
]
