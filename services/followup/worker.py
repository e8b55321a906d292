"""Keeps the promises' ledger and lets the clock speak. `python -m services.followup.worker`."""

from typing import NoReturn

from services.followup.domain.owed import OwedRules
from services.followup.handlers import FollowupHandler
from services.followup.settings import FollowupWorkerSettings
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


def main() -> NoReturn:
    settings = load_or_exit(FollowupWorkerSettings)
    meter = Meter(settings.service)
    security = kafka_security(settings)
    log = MeasuredLog(KafkaLog(settings.kafka, security=security), meter)
    handler = FollowupHandler(log, settings.partitions, OwedRules(settings.default_desk), meter=meter)
    run(
        WorkerApp(
            "ashiato.followup",
            CONTACT_EVENTS.name,
            bootstrap=settings.kafka,
            security=security,
            handler=handler,
            event_log=log,
            projection=RedisProjection.of(settings),
            settings=EngineSettings.of(settings),
            partitions=settings.partitions,
            health=HealthSettings.of(settings),
            trouble=handler.trouble,
            meter=meter,
            traces=traces_of(settings),
        )
    )


if __name__ == "__main__":
    main()
