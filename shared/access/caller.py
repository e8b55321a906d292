"""Who asks, and what that person or machine may do."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from shared.access.scopes import Scope

# After a prefix, what begins a part of its own: urn:acme:pbx is also urn:acme:pbx:tokyo, and not urn:acme:pbxx.
_SEPARATORS: Final = (":", "/", "#", "?")


@dataclass(frozen=True)
class Caller:
    """name: the token's `sub`, or key:<producer>. desks: where the person works. sources: prefixes of the event sources
    that may be written; None: any."""

    name: str
    scopes: frozenset[Scope]
    desks: frozenset[str] = frozenset()
    sources: tuple[str, ...] | None = ()

    def may_write(self, source: str) -> bool:
        return self.sources is None or is_of(source, self.sources)

    @property
    def sees_all_desks(self) -> bool:
        return Scope.JOURNEY_READ_ALL_DESKS in self.scopes


# Where no access is configured: whoever is on this machine.
ANYBODY: Final = Caller("", frozenset(Scope), sources=None)


def is_of(source: str, prefixes: Sequence[str]) -> bool:
    """Whether it is one of these, or a part of one."""
    return any(source == prefix or _is_part(source, prefix) for prefix in prefixes)


def _is_part(source: str, prefix: str) -> bool:
    whole = prefix.endswith(_SEPARATORS) or source.removeprefix(prefix).startswith(_SEPARATORS)
    return whole and source.startswith(prefix)
