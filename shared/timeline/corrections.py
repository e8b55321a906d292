"""What corrections and retractions leave standing of a set of events. Source: definitions.md, "Corrections"."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from shared.events import Event, EventRetracted
from shared.timeline.order import Identity, identity_of, place_of


class Amended(NamedTuple):
    """What became of a set of events: those that stand, in order, and why the others do not."""

    standing: list[Event]
    replaced: dict[Identity, str]  # an original -> id of the correction whose data it carries
    voided: frozenset[Identity]
    awaited: frozenset[Identity]  # named by an amendment, not seen yet


def is_amendment(event: Event) -> bool:
    """An amendment changes another event; it has no place of its own in the fold."""
    return event.corrects is not None or type(event) is EventRetracted


def amend(events: Iterable[Event]) -> Amended:
    known = {identity_of(event): event for event in events}
    voided = frozenset(
        Identity(event.source, event.data.retracts) for event in known.values() if isinstance(event, EventRetracted)
    )
    winners = _winning_corrections(known, voided)
    originals = sorted((e for i, e in known.items() if not is_amendment(e) and i not in voided), key=place_of)
    standing = [_with_data_of(winners[identity_of(e)], e) if identity_of(e) in winners else e for e in originals]
    named = {Identity(e.source, e.corrects) for e in known.values() if e.corrects is not None} | voided
    return Amended(standing, {i: c.id for i, c in winners.items()}, voided, frozenset(named - known.keys()))


def _winning_corrections(known: Mapping[Identity, Event], voided: frozenset[Identity]) -> dict[Identity, Event]:
    """Of several corrections of one original, or a chain of them, the highest (time, id) wins."""
    winners: dict[Identity, Event] = {}
    for identity, correction in known.items():
        if correction.corrects is None or isinstance(correction, EventRetracted) or identity in voided:
            continue
        original = _original_of(correction, known)
        if original is None:
            continue
        best = winners.get(original)
        if best is None or (correction.time, correction.id) > (best.time, best.id):
            winners[original] = correction
    return winners


def _original_of(correction: Event, known: Mapping[Identity, Event]) -> Identity | None:
    """Follow the chain to the event that corrects nothing; a circle, a gap or another type on the way has none."""
    seen: set[Identity] = set()
    event = correction
    while event.corrects is not None:
        target = Identity(event.source, event.corrects)
        found = known.get(target)
        if found is None or found.type != correction.type or target in seen:
            return None
        seen.add(target)
        event = found
    return identity_of(event)


def _with_data_of(correction: Event, original: Event) -> Event:
    replaced: Event = original.model_copy(update={"data": correction.data})
    return replaced
