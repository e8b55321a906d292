"""Our records straight from what a fetch brought.

aiokafka makes a record of its own of each one fetched, which would only be made over into ours: a tenth of what a thin
worker spends on an event. It keeps the rest: what of a fetch is skipped, and where the next one begins.
"""

from collections import OrderedDict
from typing import Any

from aiokafka import TopicPartition
from aiokafka.consumer.fetcher import FetchResult

from shared.event_log.log import Record


class Fetched(OrderedDict[TopicPartition, Any]):
    """Takes the place of Fetcher._records: by partition a FetchResult, or a FetchError."""

    @classmethod
    def instead_of(cls, fetcher: Any) -> None:
        """In the fetcher's own loop, before anything is assigned to it."""
        fetcher._records = cls(fetcher._records)

    def __setitem__(self, tp: TopicPartition, found: Any) -> None:
        if isinstance(found, FetchResult):
            found._partition_records._consumer_record = _record
        super().__setitem__(tp, found)


# Half of what Record(...) takes.
_made = Record._make


def _record(tp: TopicPartition, found: Any) -> Record:
    topic, partition = tp
    return _made(
        (topic, partition, found.offset, found.timestamp, found.key, found.value, tuple(found.headers)),
    )
