"""The worker process: Faust around the engine. Imported by services' worker.py only."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NoReturn, cast

import faust
import structlog
from faust.types import TP

from shared.event_log.access import check_access
from shared.event_log.log import EventLog, LogUnavailable
from shared.logs import configure_logs
from shared.projection import PartitionCountChanged, Projection, ProjectionUnavailable
from shared.projection.measured import MeasuredProjection
from shared.stream.backoff import pauses
from shared.stream.batches import Batch, BatchConsumer, BatchSchema, BatchTransport
from shared.stream.collector import spare_what_lasts
from shared.stream.engine import Engine
from shared.stream.errors import WrongPartitionCount
from shared.stream.handler import Handler
from shared.stream.health import HealthPortTaken, HealthServer, HealthSettings, Vitals
from shared.stream.kafka_source import KafkaSource
from shared.stream.measured import MeasuredHandler, measure_partitions
from shared.stream.settings import EngineSettings
from shared.stream.status import EngineStatus
from shared.stream.traced import TracedHandler
from shared.telemetry.meter import Meter
from shared.telemetry.metrics import PARTITIONS
from shared.telemetry.traces import Traces

log = structlog.get_logger()

# A member that fetches nothing for this long leaves its group: wrong for one whose only partition is paused, which
# would hand the poison on, and for a spare without partitions. Beats say whether a worker works.
_NEVER = 10.0 * 366 * 24 * 3600

_AS_MEASURED = EngineSettings()
_UNHEARD = HealthSettings()


class WorkerApp(faust.App):
    """One consumer group on one topic. Starts and stops `event_log` and `projection`.

    bootstrap: host:port[,host:port...] of the brokers; security: how they let us in, in aiokafka's arguments
    (shared.event_log.security). partitions: how many the handler was told that the topic has.
    health: where it answers for itself. trouble: what else keeps the service from its work; None: nothing.
    meter: the service's, with what its handler measures; None: one that only the engine writes to. traces: None: off.
    """

    def __init__(
        self,
        group: str,
        topic: str,
        *,
        bootstrap: str,
        security: Mapping[str, Any] | None = None,
        handler: Handler,
        event_log: EventLog,
        projection: Projection,
        settings: EngineSettings = _AS_MEASURED,
        partitions: int | None = None,
        health: HealthSettings = _UNHEARD,
        trouble: Callable[[], str | None] = lambda: None,
        meter: Meter | None = None,
        traces: Traces | None = None,
    ) -> None:
        super().__init__(group, **_faust_settings(bootstrap, security or {}, settings))
        self._topic = topic
        self._connection = {"bootstrap_servers": bootstrap, "client_id": "ashiato", **(security or {})}
        self._partitions = partitions
        self._settings = settings
        self._event_log = event_log
        self._projection = projection
        meter = meter or Meter(group)
        self._traces = traces or Traces()
        if self._traces.on:
            handler = TracedHandler(handler, self._traces, group)
        self._engine = Engine(MeasuredHandler(handler, meter), MeasuredProjection(projection, meter), settings)
        measure_partitions(meter, lambda: self._engine.status, time.time)
        meter.read_from(PARTITIONS, lambda: [] if partitions is None else [((), partitions)])
        meter.watch_process()
        self._sources: dict[int, KafkaSource] = {}
        self._joined = False
        self._trouble = trouble
        self._health = HealthServer(health, self.vitals, meter.text)
        channel = self.topic(topic, schema=BatchSchema())
        self.agent(channel, name=f"{group}.deliver")(self._deliver)
        cast(Any, self.on_partitions_assigned).connect(self._on_assigned)
        cast(Any, self.on_partitions_revoked).connect(self._on_revoked)

    @property
    def status(self) -> EngineStatus:
        return self._engine.status

    def vitals(self) -> Vitals:
        return Vitals(self.status, self._joined, self.should_stop, self._trouble())

    def positions(self) -> dict[TP, int]:
        return {TP(self._topic, partition): position for partition, position in self._engine.positions.items()}

    def fetch_again(self) -> None:
        for source in self._sources.values():
            source.fetch_again()

    async def _deliver(self, stream: Any) -> None:
        # noack: an event whose agent raised counts as done for Faust, so nothing may be done here that could raise.
        async for event in stream.noack().events():
            source = self._sources.get(event.message.partition)
            if source is not None:
                source.feed(cast(Batch, event.value))

    async def _on_assigned(self, _: Any, assigned: set[TP], **__: Any) -> None:
        thread = cast(BatchConsumer, self.consumer)._thread
        ours = {tp.partition: tp for tp in assigned if tp.topic == self._topic}
        self._sources = {partition: KafkaSource(thread, tp, self._settings) for partition, tp in ours.items()}
        log.info("worker.assigned", partitions=sorted(ours))
        self._engine.assign(self._sources.values())
        self._joined = True

    async def _on_revoked(self, _: Any, revoked: set[TP], **__: Any) -> None:
        # All partitions at once, even those that come back: Faust speaks the eager protocol.
        await self._engine.release(self._settings.rebalance_grace)
        if revoked:
            await self.consumer.commit()
        for source in self._sources.values():
            source.close()

    def _new_transport(self) -> BatchTransport:
        return BatchTransport(self.conf.broker_consumer, self)

    async def on_first_start(self) -> None:
        """Before anything is joined: wait for Kafka and the store, and refuse a topic with another partition count.

        The parent would make a folder for tables, of which there are none.
        """
        try:
            await self._health.start()
        except HealthPortTaken as error:
            log.critical("worker.refused_to_start", detail=str(error))
            raise
        await self._until_up("kafka", self._event_log.start)
        await self._until_up("store", self._projection.start)
        try:
            await self._until_up("topic", self._check_partitions)
        except (PartitionCountChanged, WrongPartitionCount) as error:
            log.critical("worker.refused_to_start", detail=str(error))
            raise
        await self._until_up("access", lambda: check_access(self._connection, self.conf.id, self._topic))

    async def _check_partitions(self) -> None:
        found = await self._event_log.partition_count(self._topic)
        if self._partitions not in (None, found):
            raise WrongPartitionCount(self._topic, self._partitions, found)
        await self._projection.remember_partitions(found)

    async def _until_up(self, what: str, act: Callable[[], Awaitable[None]]) -> None:
        for pause in pauses(self._settings.first_pause, self._settings.longest_pause):
            if self.should_stop:
                return
            try:
                await act()
            except (LogUnavailable, ProjectionUnavailable) as error:
                log.warning("worker.waiting", until_up=what, detail=str(error))
                await asyncio.sleep(pause)
            else:
                return

    async def on_stop(self) -> None:
        """Finish the chunks in flight while we are still a member; Faust then commits and leaves the group."""
        await self._engine.release(self._settings.stop_grace)
        await super().on_stop()

    async def on_shutdown(self) -> None:
        await self._health.stop()
        await asyncio.to_thread(self._traces.stop)
        await self._event_log.stop()
        await self._projection.stop()


def run(app: WorkerApp) -> NoReturn:
    """Serve until SIGTERM or SIGINT: exit code 0 after the chunks in flight; 1 when something crashed or refused."""
    configure_logs()
    spare_what_lasts()
    worker = faust.Worker(app, loglevel="WARNING", quiet=True, override_logging=False, redirect_stdouts=False)
    worker.spinner = None
    worker.execute_from_commandline()


def _credentials(security: Mapping[str, Any]) -> faust.SSLCredentials | faust.SASLCredentials | None:
    """Faust hands them on as they are."""
    if not security:
        return None
    context = security["ssl_context"]
    if "sasl_mechanism" not in security:
        return faust.SSLCredentials(context)
    return faust.SASLCredentials(
        username=security["sasl_plain_username"],
        password=security["sasl_plain_password"],
        mechanism=security["sasl_mechanism"],
        ssl_context=context,
    )


def _faust_settings(bootstrap: str, security: Mapping[str, Any], settings: EngineSettings) -> dict[str, Any]:
    return {
        "broker": [f"kafka://{address}" for address in bootstrap.split(",")],
        "broker_credentials": _credentials(security),
        "key_serializer": "raw",
        "value_serializer": "raw",
        "store": "memory://",
        "web_enabled": False,
        # There are no tables to stand by for. Otherwise Faust's own assignor is used, which speaks to no other client.
        "table_standby_replicas": 0,
        "topic_disable_leader": True,
        "topic_allow_declare": False,
        # By default a rebalance waits for every message to be acknowledged: for ever, with a paused partition.
        "stream_wait_empty": False,
        "broker_commit_interval": settings.commit_every,
        "broker_session_timeout": settings.session_timeout,
        "broker_heartbeat_interval": settings.heartbeat_every,
        "broker_max_poll_interval": _NEVER,
        # How long the others wait for a member that is alive but slow to give up its partitions.
        "broker_rebalance_timeout": 20.0,
        # Must exceed the above: joining a group is a request that takes as long as the slowest member.
        "broker_request_timeout": 40.0,
        "consumer_max_fetch_size": settings.fetch_bytes,
        "broker_max_poll_records": settings.batch_size,
        # "earliest" would skip silently what retention took away, and start over when the topic was recreated.
        "consumer_auto_offset_reset": "none",
    }
