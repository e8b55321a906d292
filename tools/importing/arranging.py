"""Events on their way to the log, in the order in which a customer's timeline has them.

History that arrives in order is evolved event by event; out of order, each late event folds its timeline again, and a
customer with thousands of updates in many issues would be folded thousands of times.
"""

from collections.abc import Iterable, Iterator

from shared.event_log.wire import encode
from shared.events import Envelope
from shared.timeline.order import OTHER_RANK, RANKS
from tools.importing.cells import microseconds
from tools.importing.in_order import Keyed, sort_on_disk
from tools.importing.watch import Counts, Watch

_TELL_EVERY = 1_000


def in_time_order(events: Iterable[Envelope], counts: Counts, watch: Watch) -> Iterator[bytes]:
    """In structured mode, sorted by (time, rank, id); all are of one source. Counts them by type."""
    ordered = sort_on_disk((_keyed(event, counts) for event in events), keys=3)
    for number, item in enumerate(ordered):
        if number == 0:
            watch.begin("sending", counts.events.total())
        if number % _TELL_EVERY == 0:
            watch.at(number)
        yield item.content
    watch.at(counts.events.total())


def _keyed(event: Envelope, counts: Counts) -> Keyed:
    counts.events[event.type] += 1
    return Keyed((microseconds(event.time), RANKS.get(event.type, OTHER_RANK), event.id), encode(event))
