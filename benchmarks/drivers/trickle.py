"""Events onto the log at a steady, low rate, to every partition, until it is stopped.

python -m benchmarks.drivers.trickle KAFKA
"""

import asyncio
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from typing import Final, NoReturn

from benchmarks.events import Draft, history, stamped
from shared.event_log.kafka import KafkaLog
from shared.event_log.log import Message
from shared.event_log.topics import CONTACT_EVENTS

RATE: Final = 400  # events a second
_EVERY_S: Final = 0.02
_CUSTOMERS: Final = 1_000


async def main(bootstrap: str) -> NoReturn:
    """What is late is made up for, so that the rate stays."""
    log = KafkaLog(bootstrap)
    await log.start()
    drafts = _without_end()
    loop = asyncio.get_running_loop()
    begun = loop.time()
    for number in count(1):
        now = datetime.now(UTC)
        sent = [one for _ in range(int(RATE * _EVERY_S)) for one in stamped([next(drafts)], [now])]
        await log.append([Message(CONTACT_EVENTS.name, one.customer.encode(), one.value) for one in sent])
        await asyncio.sleep(max(0.0, begun + number * _EVERY_S - loop.time()))
    raise AssertionError("there is always one more")


def _without_end() -> Iterator[Draft]:
    for seed in count(1):
        yield from history(_CUSTOMERS, _CUSTOMERS * 10, seed, prefix=f"R{seed}-")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
