"""Settings of routing: ASHIATO_ROUTING_<NAME>, see shared.settings."""

from datetime import timedelta
from typing import Annotated, ClassVar

from pydantic import Field

from shared.event_log.topics import CONTACT_EVENTS
from shared.settings import ApiSettings


class RoutingSettings(ApiSettings):
    service: ClassVar[str] = "routing"
    names_customers: ClassVar[bool] = False

    port: Annotated[int, Field(ge=1, le=65535)] = 8080
    topic: str = CONTACT_EVENTS.name

    # Of a producer: many sensors behind one key. A batch counts as one.
    access_rate: Annotated[float, Field(gt=0)] = 2_000.0
    access_burst: Annotated[int, Field(ge=1)] = 4_000

    # An append takes some 10 ms. A broker that hands over to another needs seconds; whoever waits longer than this
    # should rather hear 503 and send the same ids again.
    answer_within: timedelta = timedelta(seconds=5)

    # An event has at most 256 KiB (shared.event_log.wire), most have 400 bytes: a body of 1,000 of them fits well.
    largest_body: Annotated[int, Field(ge=1024)] = 1024 * 1024
    largest_batch: Annotated[int, Field(ge=1)] = 1000
    # While Kafka does not answer, requests pile up for answer_within: room for 3,800 small ones, or 63 full bodies.
    # What does not fit hears 503 at once.
    held_bytes: Annotated[int, Field(ge=1024)] = 64 * 1024 * 1024
    # Appends at the producer at once; the rest waits outside. 500 events/s need 5.
    appends: Annotated[int, Field(ge=1)] = 200
