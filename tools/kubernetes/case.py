"""What a step looks at, and what it says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

Manifest = dict[str, Any]

# By case: what is wrong with it. A case that is missing or empty is accepted.
Findings = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Case:
    """A set of manifests as it would be applied. changed: those that a mutation touched, None for a set that is meant:
    most steps look at one manifest at a time, and need not see the rest again and again. dockerfile: its text."""

    name: str
    manifests: Sequence[Manifest] = ()
    changed: Sequence[Manifest] | None = None
    dockerfile: str = ""
    # Findings that are accepted for it, with the reason.
    accepted: Mapping[str, str] = field(default_factory=dict)

    @property
    def looked_at(self) -> Sequence[Manifest]:
        return self.manifests if self.changed is None else self.changed


class Step(Protocol):
    """One kind of check over all cases at once, because most tools take longer to start than to look."""

    name: str

    def __call__(self, cases: Sequence[Case], /) -> Findings:
        """Raises NotRun, ToolFailed."""


def kind_and_name(manifest: Manifest) -> str:
    return f"{manifest.get('kind')}/{manifest.get('metadata', {}).get('name')}"
