"""Settings that every process has: from the environment, and secrets from files as well.

SettingsError       something is set to what we cannot use; the message names it, never its value
"""

import logging
import os
import sys
from datetime import timedelta
from pathlib import Path
from typing import Annotated, ClassVar, Literal, TypeVar

from pydantic import Field, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SecretsSettingsSource,
    SettingsConfigDict,
)

from shared.access.settings import AccessSettings
from shared.connections import Connections

PREFIX = "ASHIATO_"
# A folder with one file per setting, named as the setting (any case): how Docker and Kubernetes hand over secrets.
SECRETS_FOLDER = f"{PREFIX}SECRETS"


class SettingsError(Exception):
    """One line that says what to set otherwise."""


class Settings(Connections, BaseSettings):
    """`ASHIATO_REDIS` sets `redis` for all services, `ASHIATO_JOURNEY_REDIS` for the one whose `service` is "journey".

    Everything has a default that fits the local stack.
    """

    model_config = SettingsConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)
    service: ClassVar[str] = ""

    log_level: Literal["debug", "info", "warning", "error"] = "info"
    # Where spans go (shared.telemetry.traces): "" nowhere, "console" to stderr, else the URL of an OTLP collector
    # (http://collector:4318/v1/traces; its credentials in OTEL_EXPORTER_OTLP_HEADERS).
    traces: Annotated[str, Field(pattern=r"^(console|https?://\S+)?$")] = ""
    trace_ratio: Annotated[float, Field(ge=0, le=1)] = 0.01

    @property
    def log_number(self) -> int:
        """The level as `logging` counts."""
        return logging.getLevelNamesMapping()[self.log_level.upper()]

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The service's own name before the common one, the environment before files."""
        prefixes = [PREFIX] if not cls.service else [_prefix(cls), PREFIX]
        environment = [EnvSettingsSource(settings_cls, env_prefix=prefix) for prefix in prefixes]
        folder = os.environ.get(SECRETS_FOLDER)
        if folder is None:
            return (init_settings, *environment)
        files = [SecretsSettingsSource(settings_cls, folder, env_prefix=prefix) for prefix in prefixes]
        return (init_settings, *environment, *files)


class StoredSettings(Settings):
    """Of a service that keeps something in Redis (shared.projection.redis)."""

    # Of contact.events.v1, fixed for life. The worker refuses to start when the broker's topic has another count.
    partitions: Annotated[int, Field(ge=1)] = 8
    redis_cluster: bool = False


class ApiSettings(AccessSettings, Settings):
    """Of a service with an API."""

    # Without access (shared.access.settings) nothing but loopback is accepted (shared.web.server).
    host: str = "127.0.0.1"
    port: int
    # For Prometheus, and like a worker's health not for callers (shared.telemetry.exposition).
    metrics_host: str = "127.0.0.1"
    metrics_port: Annotated[int, Field(ge=0, le=65535)] = 0  # 0: nothing listens


class WorkerSettings(Settings):
    """Of a service with a worker: where it answers for itself, and from when on it is not well (shared.stream.health).

    Nothing about customers is told there, so it may listen where Kubernetes asks: the pod's address.
    """

    health_host: str = "127.0.0.1"
    health_port: Annotated[int, Field(ge=0, le=65535)] = 0  # 0: nothing listens
    stuck_after: Annotated[timedelta, Field(gt=timedelta(0))] = timedelta(seconds=60)
    ready_behind: Annotated[int, Field(ge=0)] = 5_000
    # How long its group waits for a worker that is silent, before others get its partitions. Not less than the broker's
    # group.min.session.timeout.ms, by default 6 s.
    session_timeout: Annotated[timedelta, Field(ge=timedelta(seconds=1))] = timedelta(seconds=10)


S = TypeVar("S", bound=Settings)


def load(kind: type[S]) -> S:
    """Raises SettingsError."""
    folder = os.environ.get(SECRETS_FOLDER)
    if folder is not None and not Path(folder).is_dir():
        raise SettingsError(f"{SECRETS_FOLDER} names no folder")
    try:
        return kind()
    except ValidationError as error:
        raise SettingsError("; ".join(_told(kind, one) for one in error.errors())) from None


def _told(kind: type[Settings], error: ErrorDetails) -> str:
    """What is wrong with several of them together names them itself."""
    if not error["loc"]:
        return error["msg"].removeprefix("Value error, ")
    return f"{_prefix(kind)}{'_'.join(map(str, error['loc'])).upper()}: {error['msg']}"


def load_or_exit(kind: type[S]) -> S:
    """For a process without a server: one line on stderr and exit code 2."""
    try:
        return load(kind)
    except SettingsError as error:
        print(f"{kind.service}: {error}", file=sys.stderr)
        sys.exit(2)


def _prefix(kind: type[Settings]) -> str:
    return f"{PREFIX}{kind.service.upper()}_" if kind.service else PREFIX
