"""A worker process with the smallest handler: python -m tests.engine_fixtures.diary_worker --bootstrap ... --help"""

import argparse

from shared.event_log.kafka import KafkaLog
from shared.projection.redis import RedisProjection
from shared.stream import EngineSettings
from shared.stream.app import WorkerApp, run
from shared.stream.health import HealthSettings
from tests.engine_fixtures.diary import Diary

# Real ones are several times longer; a test waits for a dead member's session to end.
PACE = EngineSettings(session_timeout=2.0, heartbeat_every=0.5, commit_every=0.2, beat_every=0.2)


def main() -> None:
    parser = argparse.ArgumentParser()
    for name in ("--bootstrap", "--store", "--topic", "--tag"):
        parser.add_argument(name, required=True)
    parser.add_argument("--partitions", type=int, required=True)
    parser.add_argument("--poison", type=str.encode)
    parser.add_argument("--health-port", type=int, default=0)
    given = parser.parse_args()
    run(
        WorkerApp(
            given.tag,
            given.topic,
            bootstrap=given.bootstrap,
            handler=Diary(poison=given.poison),
            event_log=KafkaLog(given.bootstrap, timeout=5.0),
            projection=RedisProjection(given.store, service=given.tag, partitions=given.partitions, timeout=2.0),
            settings=PACE,
            health=HealthSettings(port=given.health_port),
        )
    )


if __name__ == "__main__":
    main()
