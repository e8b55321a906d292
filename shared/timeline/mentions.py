"""What an event says of where it belongs: the issue it names, and the contact it is one of or speaks for."""

from typing import Any, Final, get_args

import msgspec

from shared.events import BY_TYPE, Envelope, IssueResolved, KnownEvent, PromiseMade

FAMILIES_WITH_ISSUES: Final = ("contact.", "redirect.", "issue.", "promise.")
FAMILIES_OF_CONTACTS: Final = ("contact.", "redirect.")


class Mention(msgspec.Struct, frozen=True, gc=False):
    """contact_id: the contact whose attribution the event speaks for: its own (is_of_contact), or the one that a
    promise or resolution names. Other families may carry these words, but do not belong by them."""

    issue_id: str | None = None
    contact_id: str | None = None
    is_of_contact: bool = False


class _Kind(msgspec.Struct, frozen=True):
    """Which of these words the data of a type has, and counts by."""

    issue: bool
    contact: bool
    is_of_contact: bool


def _kind(model: type[Envelope]) -> _Kind:
    name: str = model.model_fields["type"].default
    words: Any = model.model_fields["data"].annotation
    is_of_contact = name.startswith(FAMILIES_OF_CONTACTS) and "contact_id" in words.model_fields
    return _Kind(
        issue=name.startswith(FAMILIES_WITH_ISSUES) and "issue_id" in words.model_fields,
        contact=is_of_contact or issubclass(model, PromiseMade | IssueResolved),
        is_of_contact=is_of_contact,
    )


# A look at a table, because every event is asked: it is three times as fast as to ask what class it is of.
_KINDS: Final[dict[type[Envelope], _Kind]] = {model: _kind(model) for model in get_args(KnownEvent)}
_NOTHING: Final = Mention()


def mention_of(event: Envelope) -> Mention:
    kind = _KINDS.get(type(event))
    if kind is None:
        return _NOTHING
    data = event.data
    contact_id = data.contact_id if kind.contact else None
    return Mention(data.issue_id if kind.issue else None, contact_id, kind.is_of_contact and contact_id is not None)


def mention_in(event_type: str, issue_id: str | None, contact_id: str | None) -> Mention:
    """The same of an event of a known type, of which only these members were read."""
    kind = _KINDS[BY_TYPE[event_type]]
    contact_id = contact_id if kind.contact else None
    return Mention(issue_id if kind.issue else None, contact_id, kind.is_of_contact and contact_id is not None)
