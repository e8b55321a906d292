"""From the accepted facts of one customer to those that count (definitions.md, "Corrections")."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from tests.oracle.facts import Fact, Key

RETRACTED = "event.retracted"


def effective(facts: Iterable[Fact]) -> list[Fact]:
    """The facts that count, in the order: originals that nobody voided, each with the data of its last correction.

    Retractions stay in the list (they are events of the timeline); corrections do not stand by themselves.
    """
    known = {each.key: each for each in facts}
    void = _voided(known)
    standing = [each for each in known.values() if each.key not in void]
    corrections: dict[Key, list[Fact]] = {}
    for each in standing:
        original = _original_of(each, known)
        if original is not None and original is not each:
            corrections.setdefault(original.key, []).append(each)
    originals = [each for each in standing if each.corrects is None]
    return sorted((_corrected(each, corrections.get(each.key, [])) for each in originals), key=lambda each: each.place)


def _voided(known: Mapping[Key, Fact]) -> set[Key]:
    """What `event.retracted` names, of the same source; "for good", so retracting a retraction has no effect.

    # reading: `retracts` of every accepted event.retracted counts for ever: of one that was itself corrected, of the
    # correction, and of an event.retracted whose own `corrects` leads nowhere (else: only what reaches an original).
    """
    named = {(each.source, each.says("retracts")) for each in known.values() if each.type == RETRACTED}
    return {key for key in named if key in known and known[key].type != RETRACTED}


def _corrected(original: Fact, corrections: Sequence[Fact]) -> Fact:
    """Several, or a chain: the highest (time, id) wins.

    # reading: the original takes no part in that comparison; a correction stamped before its original still counts.
    """
    if not corrections:
        return original
    last = max(corrections, key=lambda each: (each.time, each.id))
    return replace(original, data=last.data)


def _original_of(fact: Fact, known: Mapping[Key, Fact]) -> Fact | None:
    """The event without `corrects` at the end of the chain; an original is its own.

    A voided link still leads on. None where a link is missing, of another type, or leads back to where it came from.
    """
    seen: set[Key] = set()
    each = fact
    while each.corrects is not None:
        if each.key in seen:
            return None
        seen.add(each.key)
        target = known.get((each.source, each.corrects))
        if target is None or target.type != each.type:
            return None
        each = target
    return each
