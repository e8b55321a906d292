"""Events POSTed at a steady rate, whatever the answers take; of some, how long until the look-up shows them.

An open loop: an event's time runs from when it was due to be sent, so that a stall counts for all that it kept waiting.
Flags are taken from the topic, each with the time of the event that caused it.

    python -m benchmarks.drivers.traffic RATE SECONDS SEED ROUTING_URL JOURNEY_URL KAFKA
"""

import asyncio
import json
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import uvloop

from benchmarks.drivers.http import Connections, get, post
from benchmarks.events import Sent, history, stamped
from shared.event_log.kafka import KafkaLog
from shared.event_log.topics import FLAGS
from shared.event_log.wire import STRUCTURED_JSON

SAMPLED_PER_S: Final = 20
LOOK_EVERY_S: Final = 0.004
LOOK_AFTER_SHARE: Final = 0.05
GIVEN_UP_AFTER_S: Final = 10.0
_WARM_UP_S: Final = 3.0
_HEAD_START_S: Final = 0.5
_EVENTS_PER_CUSTOMER: Final = 10


class Traffic:
    def __init__(self, rate: int, seconds: float, seed: int, routing: Connections, journey: Connections) -> None:
        self._rate = rate
        self._routing = routing
        self._journey = journey
        count = int(rate * (seconds + _WARM_UP_S))
        drafts = history(max(1, count // _EVENTS_PER_CUSTOMER), count, seed, prefix=f"T{seed}-")
        self._begin = time.time() + _HEAD_START_S + count * 1e-5  # stamping takes some µs an event
        zero = datetime.fromtimestamp(self._begin, UTC)
        self._sent = stamped(drafts, [zero + timedelta(seconds=number / rate) for number in range(count)])
        self._due = {one.id: self._begin + number / rate for number, one in enumerate(self._sent)}
        self._counts_from = self._begin + _WARM_UP_S
        self.accepted: list[float] = []
        self.visible: list[float] = []
        self.flags: list[float] = []
        self.refused = 0
        self.unseen = 0

    async def run(self, log: KafkaLog) -> None:
        start = await log.end_offsets(FLAGS.name)
        hearing = asyncio.create_task(self._hear(log, start))
        every = max(1, self._rate // SAMPLED_PER_S)
        async with asyncio.TaskGroup() as tasks:
            for number, one in enumerate(self._sent):
                await _until(self._due[one.id])
                tasks.create_task(self._post(one))
                if number % every == 0:
                    tasks.create_task(self._look(one))
        await asyncio.sleep(1.0)
        hearing.cancel()

    async def _post(self, one: Sent) -> None:
        try:
            answer = await self._routing.ask(post("/events", STRUCTURED_JSON, one.value))
        except ConnectionError:  # more at once than the front door takes
            self.refused += 1
            return
        if answer.status == 503:
            self.refused += 1
            return
        if answer.status != 202:
            raise RuntimeError(f"the front door answered {answer.status}: {answer.body[:200]!r}")
        self._note(self.accepted, one.id)

    async def _look(self, one: Sent) -> None:
        """Also before the answer: what is on the log may be seen at once."""
        request, word = get(f"/journeys/{one.customer}"), f'"{one.id}"'.encode()
        due = self._due[one.id]
        while word not in (await self._journey.ask(request)).body:
            if time.time() - due > GIVEN_UP_AFTER_S:
                self.unseen += 1
                break
            # The longer it takes, the seldomer: else those who wait would be the load.
            await asyncio.sleep(max(LOOK_EVERY_S, LOOK_AFTER_SHARE * (time.time() - due)))
        self._note(self.visible, one.id)

    async def _hear(self, log: KafkaLog, start: dict[int, int]) -> None:
        async for records in log.tail(FLAGS.name, start):
            for record in records:
                self._note(self.flags, json.loads(record.value or b"{}")["data"]["cause"]["event_id"])

    def _note(self, into: list[float], event_id: str) -> None:
        due = self._due.get(event_id)
        if due is not None and due >= self._counts_from:
            into.append((time.time() - due) * 1000)


async def _until(due: float) -> None:
    """Never early: uvloop rounds to whole milliseconds."""
    if (left := due - time.time()) > 0:
        await asyncio.sleep(left + 0.0005)


async def main(arguments: Sequence[str]) -> dict[str, Any]:
    rate, seconds, seed, routing_url, journey_url, kafka = arguments
    log = KafkaLog(kafka, timeout=60.0)  # at a rate that is too high this process, too, answers late
    async with Connections(routing_url) as routing, Connections(journey_url) as journey:
        traffic = Traffic(int(rate), float(seconds), int(seed), routing, journey)
        await traffic.run(log)
    await log.stop()
    return {
        "accepted_ms": traffic.accepted,
        "visible_ms": traffic.visible,
        "flag_ms": traffic.flags,
        "refused": traffic.refused,
        "unseen": traffic.unseen,
    }


if __name__ == "__main__":
    print(json.dumps(uvloop.run(main(sys.argv[1:]))), flush=True)
