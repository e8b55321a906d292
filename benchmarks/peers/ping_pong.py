"""The rule that every peer keeps, in Python: after A B A B a customer is being passed back and forth.

Only this package and the standard library: peers import it in an environment of their own.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

ENTRIES: Final = 20  # kept of each customer
_DESKS: Final = 4  # all that the rule looks at
_HANDING: Final = frozenset({"contact.connected", "contact.transferred"})
_RESOLVED: Final = "issue.resolved"


def desk_of(data: Mapping[str, Any]) -> str | None:
    """The desk that has the customer after this event, if it hands the customer to any."""
    desk: str | None = data.get("to_desk") or data.get("desk")
    return desk


def desks_after(desks: list[str], kind: str, desk: str | None) -> list[str]:
    """The last desks that had the present problem; the same list when nobody new has it."""
    if kind == _RESOLVED:
        return []
    if desk is None or kind not in _HANDING or desks[-1:] == [desk]:
        return desks
    return [*desks, desk][-_DESKS:]


def is_ping_pong(before: list[str], after: list[str]) -> bool:
    """True for the event that makes it so, and for each that goes on with it."""
    return after is not before and len(after) == _DESKS and after[:2] == after[2:]


def expected_flags(events: Iterable[tuple[str, Mapping[str, Any]]]) -> dict[str, int]:
    """What a peer has to publish about (customer, event) in this order: how many flags of each customer."""
    desks: dict[str, list[str]] = {}
    found: dict[str, int] = {}
    for customer, event in events:
        before = desks.get(customer, [])
        after = desks[customer] = desks_after(before, event["type"], desk_of(event["data"]))
        if is_ping_pong(before, after):
            found[customer] = found.get(customer, 0) + 1
    return found
