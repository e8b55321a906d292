"""Keeps the timelines and raises the flags. `python -m services.journey.worker`."""

from typing import NoReturn

from services.journey.handlers import JourneyHandler
from services.journey.settings import JourneyWorkerSettings
from shared.event_log.dead_letters import DeadLetterLimit
from shared.event_log.kafka import KafkaLog
from shared.event_log.measured import MeasuredLog
from shared.event_log.security import kafka_security
from shared.event_log.topics import CONTACT_EVENTS
from shared.projection.redis import RedisProjection
from shared.settings import load_or_exit
from shared.stream import EngineSettings
from shared.stream.app import WorkerApp, run
from shared.stream.health import HealthSettings
from shared.telemetry.meter import Meter
from shared.telemetry.traces import traces_of


def build(settings: JourneyWorkerSettings, handler: type[JourneyHandler] = JourneyHandler) -> WorkerApp:
    meter = Meter(settings.service)
    security = kafka_security(settings)
    log = MeasuredLog(KafkaLog(settings.kafka, security=security), meter)
    limit = DeadLetterLimit(max_ratio=settings.dead_letter_ratio)
    return WorkerApp(
        "ashiato.journey",
        CONTACT_EVENTS.name,
        bootstrap=settings.kafka,
        security=security,
        handler=handler(log, settings.partitions, limit, meter),
        event_log=log,
        projection=RedisProjection.of(settings),
        settings=EngineSettings.of(settings),
        partitions=settings.partitions,
        health=HealthSettings.of(settings),
        meter=meter,
        traces=traces_of(settings),
    )


def main() -> NoReturn:
    run(build(load_or_exit(JourneyWorkerSettings)))


if __name__ == "__main__":
    main()
