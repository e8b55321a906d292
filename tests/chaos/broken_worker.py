"""A journey worker with a rule that raises at one kind of event: `python -m tests.chaos.broken_worker`."""

from collections.abc import Sequence
from typing import Final, NoReturn

from services.journey.handlers import JourneyHandler
from services.journey.settings import JourneyWorkerSettings
from services.journey.worker import build
from shared.event_log.log import Record
from shared.settings import load_or_exit
from shared.stream.app import run
from shared.stream.lease import Lease

BREAKS: Final = "chaos.breaks_a_rule"


class BrokenHandler(JourneyHandler):
    async def handle(self, lease: Lease, records: Sequence[Record]) -> None:
        if any(BREAKS.encode() in (record.value or b"") for record in records):
            raise ZeroDivisionError("a rule is broken")
        await super().handle(lease, records)


def main() -> NoReturn:
    run(build(load_or_exit(JourneyWorkerSettings), BrokenHandler))


if __name__ == "__main__":
    main()
