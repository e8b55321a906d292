"""What journey measures of a chunk, once it is saved: what came of its records, how late they were, what flags did.

Counted from what was published, because a second reading of the log finds flags anew and says nothing (decision 0004).
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Final, Protocol, get_args

import msgspec

from services.journey.domain.flags import Transition
from services.journey.domain.standing import Kind
from shared.customers.incoming import SetAside
from shared.event_log.log import Message
from shared.event_log.topics import FLAGS as FLAGS_TOPIC
from shared.events import Event
from shared.present import utc_now
from shared.telemetry.meter import Meter
from shared.telemetry.metrics import (
    EVENTS_APPLIED,
    EVENTS_REPEATED,
    EVENTS_SET_ASIDE,
    FLAGS,
    OCCURRED_TO_VISIBLE,
)

REASONS: Final = ("too_large", "not_json", "not_cloudevents", "schema", "misrouted", "conflict")


class Applied(Protocol):
    @property
    def event(self) -> Event: ...


class _Kind(msgspec.Struct):
    kind: str


class _Flag(msgspec.Struct):
    """What is counted of a flag event."""

    type: str
    data: _Kind


_flag = msgspec.json.Decoder(_Flag).decode


class JourneyMeasures:
    """`now`: aware UTC."""

    def __init__(self, meter: Meter, now: Callable[[], datetime] = utc_now) -> None:
        self._meter = meter
        self._now = now
        for reason in REASONS:
            meter.begin(EVENTS_SET_ASIDE, reason=reason)
        for kind in get_args(Kind):
            for transition in get_args(Transition):
                meter.begin(FLAGS, kind=kind, transition=transition)

    def saved(self, results: Sequence[Applied | SetAside | None], messages: Iterable[Message], *, anew: bool) -> None:
        """results: None for a second copy. messages: what was published. anew: in a rebuild, how late says nothing."""
        of_type = Counter(map(type, results))
        repeated, bad = of_type.pop(type(None), 0), of_type.pop(SetAside, 0)
        self._meter.count(EVENTS_APPLIED, of_type.total())
        self._meter.count(EVENTS_REPEATED, repeated)
        if bad:
            for reason, count in Counter(one.code for one in results if isinstance(one, SetAside)).items():
                self._meter.count(EVENTS_SET_ASIDE, count, reason=reason)
        if not anew:
            self._note_delay(results)
        for message in messages:
            if message.topic == FLAGS_TOPIC.name:
                flag = _flag(message.value)
                self._meter.count(FLAGS, kind=flag.data.kind, transition=flag.type.removeprefix("flag."))

    def _note_delay(self, results: Iterable[Applied | SetAside | None]) -> None:
        first = next((one for one in results if one is not None and not isinstance(one, SetAside)), None)
        if first is not None:
            late = (self._now() - first.event.time).total_seconds()
            self._meter.observe(OCCURRED_TO_VISIBLE, max(0.0, late))
