"""Settings of journey: ASHIATO_JOURNEY_<NAME>, see shared.settings."""

from datetime import timedelta
from typing import Annotated, ClassVar

from pydantic import Field

from services.journey.domain.sight import LATELY
from shared.settings import ApiSettings, StoredSettings, WorkerSettings


class JourneySettings(StoredSettings):
    service: ClassVar[str] = "journey"


class JourneyWorkerSettings(JourneySettings, WorkerSettings):
    # One bad record in ten, over the last 10,000, is no longer a sender's slip: stop and let somebody look.
    dead_letter_ratio: Annotated[float, Field(gt=0, le=1)] = 0.1


class JourneyApiSettings(JourneySettings, ApiSettings):
    # How long after its last matter with a customer a desk may still look: they ring again about the same thing.
    desk_remembers: Annotated[timedelta, Field(ge=timedelta(0))] = LATELY
    port: Annotated[int, Field(ge=1, le=65535)] = 8081
