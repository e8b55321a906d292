"""What the store does, in one atomic call each. See shared/projection/functions.lua."""

from msgspec.structs import replace

from tests.protocol_model.rules import SOUND, Rules
from tests.protocol_model.world import Save, Store


def refusal(store: Store, token: int, expected: int | None, rules: Rules = SOUND) -> str | None:
    """As in shared/projection/functions.lua."""
    if store.token == 0:
        return "LOST"
    if rules.compare_tokens and store.token != token:
        return "FENCED"
    if rules.compare_positions and store.next is None and expected is not None:
        return "LOST"
    if rules.compare_positions and rules.heed_moved and store.next != expected:
        return "MOVED"
    return None


def claimed(store: Store, token: int) -> Store:
    return replace(store, token=token)


def swept(store: Store, rules: Rules = SOUND) -> Store:
    """Whatever is left of a partition without position goes."""
    if store.next is not None and rules.sweep_only_the_unknown:
        return store
    return Store(store.token, store.next)


def applied(store: Store, save: Save, rules: Rules = SOUND) -> Store:
    """The store after a save that was not refused."""
    if not rules.heed_moved and store.next != save.expected:
        return store  # refused, and nobody listens
    start = save.expected or 0
    return Store(
        store.token,
        save.after,
        store.timeline + tuple(range(start, save.after)),
        save.fold if save.after > start else store.fold,
        store.covered if save.covered is None else save.covered,
    )


def lost(store: Store) -> Store:
    """The partition's meta is gone. What lies beside it may still be there: the worst case."""
    return replace(store, token=0, next=None)
