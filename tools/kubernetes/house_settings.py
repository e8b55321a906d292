"""Settings, secrets, and what an alert must say."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from services.followup.settings import FollowupApiSettings, FollowupWorkerSettings
from services.journey.settings import JourneyApiSettings, JourneyWorkerSettings
from services.routing.settings import RoutingSettings
from shared.event_log.creation import TopicSettings
from shared.settings import PREFIX, SECRETS_FOLDER, Settings
from tools.kubernetes.case import Manifest
from tools.kubernetes.manifests import apis, name, of_kind, variables

KINDS: Final[tuple[type[Settings], ...]] = (
    RoutingSettings,
    JourneyWorkerSettings,
    JourneyApiSettings,
    FollowupWorkerSettings,
    FollowupApiSettings,
    TopicSettings,
)

_SECRET: Final = re.compile(r"PASSWORD|SECRET$|TOKEN|_KEY$|PRIVATE", re.IGNORECASE)
_WITH_PASSWORD: Final = re.compile(r"://[^/@\s]*:[^/@\s]+@")
_HOSTS: Final = frozenset(f"{PREFIX}{service}_HOST" for service in ("ROUTING", "JOURNEY", "FOLLOWUP"))
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
_WHO: Final = frozenset({"ASHIATO_ACCESS_ISSUER", "ASHIATO_ACCESS_KEYS"})
_RUNBOOK: Final = re.compile(r"^docs/operations\.md#[a-z-]+$")
_SEVERITIES: Final = frozenset({"page", "ticket"})


def known() -> set[str]:
    """Every variable that some process of ours reads."""
    names = {SECRETS_FOLDER}
    for kind in KINDS:
        prefixes = {PREFIX, f"{PREFIX}{kind.service.upper()}_"} if kind.service else {PREFIX}
        names |= {f"{prefix}{field.upper()}" for prefix in prefixes for field in kind.model_fields}
    return names


def settings_are_known(manifests: Sequence[Manifest]) -> Iterator[str]:
    """A misspelt variable is one that nobody reads, and the default holds."""
    readable = known()
    for where, variable, _ in variables(manifests):
        if variable.startswith(PREFIX) and variable not in readable:
            yield f"{where}: nobody reads {variable}"


def secrets_are_files(manifests: Sequence[Manifest]) -> Iterator[str]:
    for where, variable, value in variables(manifests):
        if variable != SECRETS_FOLDER and (_SECRET.search(variable) or _WITH_PASSWORD.search(str(value))):
            yield f"{where}: {variable} belongs into a file in {SECRETS_FOLDER}; many may look at an environment"


def apis_ask_who_comes(manifests: Sequence[Manifest]) -> Iterator[str]:
    """One that nobody has told whom to let in refuses to listen to anybody but its own machine."""
    everywhere = {variable for where, variable, _ in variables(manifests) if where.startswith("ConfigMap/")}
    for one in apis(manifests):
        own = {variable: str(value) for _, variable, value in variables([one])}
        hosts = {value for variable, value in own.items() if variable in _HOSTS}
        if hosts - _LOOPBACK and not _WHO & (own.keys() | everywhere):
            yield f"{name(one)}: set ASHIATO_ACCESS_ISSUER or ASHIATO_ACCESS_KEYS, or it ends at once"


def alerts_name_their_runbook(manifests: Sequence[Manifest]) -> Iterator[str]:
    for rule in of_kind(manifests, "PrometheusRule"):
        for group in rule["spec"]["groups"]:
            for alert in group["rules"]:
                if not _RUNBOOK.match(alert.get("annotations", {}).get("runbook", "")):
                    yield f"PrometheusRule {name(rule)}: {alert.get('alert')} names no section of docs/operations.md"
                if alert.get("labels", {}).get("severity") not in _SEVERITIES:
                    yield f"PrometheusRule {name(rule)}: {alert.get('alert')} must be a page or a ticket"
