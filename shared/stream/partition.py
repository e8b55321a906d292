"""One partition, one serial task: claim it, read it in chunks, hand each to the handler until it is saved.

What may go wrong, and what is done (architecture.md, rules 3 to 7):

    Kafka or Redis away         the same call again, for ever, with growing pauses; harmless, because saves are fenced
    Fenced, Moved, Lost         ask the group first: whom it dropped must not take the partition back from the living.
                                Then claim again and go on from the stored position; where none is stored, rebuild
    position outside the log    pause, look again now and then
    anything else               pause, with the position before the chunk. Nothing is skipped; the worker stays in its
                                group, so that a poisonous record does not travel from worker to worker
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from typing import TypeVar

import structlog

from shared.event_log.log import LogUnavailable, Record
from shared.projection import Projection, ProjectionUnavailable, Refused
from shared.stream.backoff import pauses
from shared.stream.beat import Beat
from shared.stream.errors import HandlerSavedNothing, PositionOutsideLog
from shared.stream.handler import Handler
from shared.stream.lease import Lease
from shared.stream.settings import EngineSettings
from shared.stream.source import Source
from shared.stream.status import PartitionStatus, State
from shared.stream.taking import take
from shared.stream.told import detail, where

log = structlog.get_logger()

T = TypeVar("T")


class _Stop(Exception):
    """No error: the way out of whatever the task is waiting for."""


class PartitionTask:
    """`clock`: epoch seconds, for what readers are told."""

    def __init__(
        self,
        source: Source,
        handler: Handler,
        projection: Projection,
        settings: EngineSettings,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.source = source
        self.ticks = 0
        self._handler = handler
        self._projection = projection
        self._settings = settings
        self._clock = clock
        self._lease: Lease | None = None
        self._held = False  # False once a write was refused: no beats, but the position is still worth knowing
        self._state, self._reason = State.STARTING, ""
        self._begun = False
        self._read_up_to: float | None = None
        self._told_as_of: float | None = None
        self._progressed_at: float | None = None
        self._tick_due = self._beat_due = 0.0
        self._came_round_at: float | None = None
        self._stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._log = log.bind(partition=source.partition)

    @property
    def position(self) -> int | None:
        """What is saved; None before the first claim, and when the partition belongs to somebody else."""
        return None if self._lease is None or self._state is State.GONE else self._lease.next

    @property
    def status(self) -> PartitionStatus:
        lease = self._lease
        return PartitionStatus(
            partition=self.source.partition,
            state=self._state,
            reason=self._reason,
            position=self.position,
            end=None if lease is None else max(lease.end, lease.next),
            progressed_at=self._progressed_at,
            still_for=self._still_for,
            as_of=self._told_as_of,
            rebuild_to=None if lease is None else lease.horizon,
            log_start=None if lease is None else lease.start,
        )

    @property
    def _still_for(self) -> float:
        """0 while there is no loop (given up, stopped), and while a handler begins: it may have much to read."""
        stopped = self._task is None or self._task.done()
        return 0.0 if stopped or self._came_round_at is None else time.monotonic() - self._came_round_at

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name=f"partition {self.source.partition}")

    async def stop(self, grace: float) -> None:
        """Let the chunk in flight end within `grace` seconds, then cancel. Safe either way: what is in the air then
        is saved in time or refused to whoever comes after us."""
        self._stopping.set()
        if self._task is None:
            return
        _, late = await asyncio.wait({self._task}, timeout=grace)
        for task in late:
            self._log.warning("partition.cancelled", after_s=grace)
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _run(self) -> None:
        trouble: Exception | None = None
        try:
            while True:
                try:
                    await self._recover(trouble)
                    await self._serve()
                except _Stop:
                    return
                except Exception as error:  # noqa: BLE001 - whatever it is, this partition alone has to bear it
                    trouble = error
        finally:
            await self._end()

    async def _recover(self, trouble: Exception | None) -> None:
        """Returns when a lease may be taken (again). Raises Refused when a paused partition is no longer ours."""
        match trouble:
            case None:
                return
            case Refused():
                self._held = False
                await self._insist(partial(self._stay_member, trouble))
            case PositionOutsideLog():
                await self._stay_paused(trouble, self._settings.look_again_after)
            case _:
                await self._stay_paused(trouble, float("inf"))

    async def _stay_member(self, refusal: Refused) -> None:
        self._log.info("partition.refused", refusal=type(refusal).__name__, position=self.position)
        if not await self.source.prove_membership(self.position or 0):
            self._enter(State.GONE)
            raise _Stop
        await self._rest(self._settings.first_pause)

    async def _stay_paused(self, error: Exception, seconds: float) -> None:
        self._enter(State.PAUSED, error)
        self._beat_due = 0.0
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            await self._rest(min(seconds, self._settings.tick_every))

    async def _serve(self) -> None:
        lease = await self._insist(self._take_lease)
        self._begun = True
        await self._insist(partial(self._handler.begin, lease), long=True)
        await self._insist(partial(self.source.seek, lease.next))
        self._enter(State.RUNNING)
        while True:
            records = await self._insist(partial(self.source.take, self._settings.tick_every))
            for chunk in self._chunks(records, lease):
                await self._insist(partial(self._handle, lease, chunk))
                await self._pulse(lease)
            await self._pulse(lease)

    async def _take_lease(self) -> Lease:
        saved = 0 if self._lease is None else self._lease.next
        lease = await take(self._projection, self.source, saved)
        lease.end_at = self._clock()
        self._lease, self._held, self._read_up_to, self._beat_due = lease, True, None, 0.0
        if not lease.start <= lease.next <= lease.end:
            raise PositionOutsideLog(lease.next, lease.start, lease.end)
        self._log.info("partition.claimed", position=lease.next, end=lease.end, rebuild_to=lease.horizon)
        await self._beat_when_due()  # readers must learn of a rebuild before it takes its time
        return lease

    def _chunks(self, records: Sequence[Record], lease: Lease) -> Iterator[list[Record]]:
        size = self._settings.chunk_size
        for first in range(0, len(records), size):
            chunk = list(records[first : first + size])
            if chunk[0].offset < lease.next:  # saved already; offsets ascend
                chunk = [record for record in chunk if record.offset >= lease.next]
            if chunk:
                yield chunk

    async def _handle(self, lease: Lease, chunk: list[Record]) -> None:
        after = chunk[-1].offset + 1
        await self._handler.handle(lease, chunk)
        if lease.next != after:
            raise HandlerSavedNothing(lease.next, after)
        self._progressed_at = self._clock()
        self._read_up_to = min(chunk[-1].timestamp_ms / 1000, self._progressed_at)  # the sender's clock may be ahead
        if self._state is State.REBUILDING and not lease.rebuilding:
            self._enter(State.RUNNING)
            self._beat_due = 0.0

    async def _pulse(self, lease: Lease) -> None:
        now = time.monotonic()
        if now >= self._tick_due:
            self._tick_due = now + self._settings.tick_every
            self._observe_end(lease)
            await self._insist(partial(self._handler.tick, lease))
            self.ticks += 1
        await self._beat_when_due()
        if self._stopping.is_set():
            raise _Stop

    async def _beat_when_due(self) -> None:
        now, lease = time.monotonic(), self._lease
        if lease is None or not self._held or now < self._beat_due:
            return
        self._beat_due = now + self._settings.beat_every
        await self._refresh_end(lease)
        beat = Beat(
            next=lease.next,
            end=lease.end,
            as_of=lease.end_at if lease.next >= lease.end else self._read_up_to,
            at=self._clock(),
            state=self._state,
            reason=self._reason,
            horizon=lease.horizon if lease.rebuilding else None,
        )
        with suppress(ProjectionUnavailable):
            await lease.beat(beat.fields())
            self._told_as_of = beat.as_of

    async def _refresh_end(self, lease: Lease) -> None:
        self._observe_end(lease)
        if self._clock() - lease.end_at > self._settings.end_known_for:
            with suppress(LogUnavailable, TimeoutError):
                async with asyncio.timeout(self._settings.beat_every):
                    lease.end, lease.end_at = (await self.source.bounds()).end, self._clock()

    def _observe_end(self, lease: Lease) -> None:
        known = self.source.known_end()
        if known is not None and known.at > lease.end_at:
            lease.end, lease.end_at = known

    async def _insist(self, act: Callable[[], Awaitable[T]], *, long: bool = False) -> T:
        """Try until it works. Trouble with Kafka or Redis is weather."""
        before = self._state
        for pause in pauses(self._settings.first_pause, self._settings.longest_pause):
            self._came_round_at = None if long else time.monotonic()
            try:
                result = await act()
            except (LogUnavailable, ProjectionUnavailable) as error:
                self._enter(State.RETRYING, error)
            else:
                if self._state is State.RETRYING:
                    self._enter(before)
                return result
            await self._rest(pause)
        raise AssertionError("pauses never end")

    async def _rest(self, seconds: float) -> None:
        """Raises _Stop at once when stopping, and Refused when a beat finds that the partition is no longer ours."""
        self._came_round_at = time.monotonic()
        await self._beat_when_due()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        if self._stopping.is_set():
            raise _Stop

    def _enter(self, state: State, error: Exception | None = None) -> None:
        if state in {State.RUNNING, State.REBUILDING}:
            rebuilding = self._lease is not None and self._lease.rebuilding
            state = State.REBUILDING if rebuilding else State.RUNNING
        reason = "" if error is None else type(error).__name__
        if (state, reason) == (self._state, self._reason):
            return
        self._state, self._reason = state, reason
        told = {} if error is None else {"error": reason, "where": where(error), "detail": detail(error)}
        level = {State.PAUSED: "error", State.RETRYING: "warning"}.get(state, "info")
        getattr(self._log, level)(f"partition.{state.value}", position=self.position, **told)

    async def _end(self) -> None:
        if not self._begun:
            return
        try:
            await self._handler.end(self.source.partition)
        except Exception as error:  # noqa: BLE001 - the partition is given up in any case
            self._log.error("partition.end_failed", error=type(error).__name__, where=where(error))
