"""What a mutation is, and the ways to change a manifest."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tools.kubernetes.case import Manifest
from tools.kubernetes.manifests import container, pod

Change = Callable[[Manifest], None]


@dataclass(frozen=True)
class Mutation:
    """what: kind and beginning of the name, as kind/name. step: who must stop it, saying `because`.
    change: in place; None: the manifest goes."""

    name: str
    what: str
    step: str
    because: str
    change: Change | None = None

    def apply(self, manifests: Sequence[Manifest]) -> tuple[list[Manifest], list[Manifest]]:
        """All of them, and those that were touched (none when one was dropped). The given ones are changed."""
        kind, _, name = self.what.partition("/")
        touched = [one for one in manifests if one["kind"] == kind and one["metadata"]["name"].startswith(name)]
        if not touched:
            raise LookupError(f"{self.name}: there is no {self.what}")
        if self.change is None:
            return [one for one in manifests if one not in touched], []
        for one in touched:
            self.change(one)
        return list(manifests), touched


def put(*path: str | int, value: Any) -> Change:
    """Set what lies at the end of the path; None takes it away."""

    def change(manifest: Manifest) -> None:
        place: Any = manifest
        for step in path[:-1]:
            place = place[step]
        if value is None:
            del place[path[-1]]
        else:
            place[path[-1]] = value

    return change


def in_pod(*path: str | int, value: Any) -> Change:
    return lambda manifest: put(*path, value=value)(pod(manifest))


def in_container(*path: str | int, value: Any) -> Change:
    return lambda manifest: put(*path, value=value)(container(manifest))


def with_variable(variable: dict[str, Any]) -> Change:
    return lambda manifest: container(manifest)["env"].append(variable)
