"""Settings of followup: ASHIATO_FOLLOWUP_<NAME>, see shared.settings."""

from typing import Annotated, ClassVar

from pydantic import Field

from shared.events.words import Id
from shared.settings import ApiSettings, StoredSettings, WorkerSettings


class FollowupSettings(StoredSettings):
    service: ClassVar[str] = "followup"


class FollowupWorkerSettings(FollowupSettings, WorkerSettings):
    # Who rings back when a line was cut before the customer had reached any desk's queue.
    default_desk: Id = "customer-care"


class FollowupApiSettings(FollowupSettings, ApiSettings):
    port: Annotated[int, Field(ge=1, le=65535)] = 8082
