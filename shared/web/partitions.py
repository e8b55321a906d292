"""GET /partitions: how far each partition of a service is, and how it does. For operators and `ashiato doctor`."""

from fastapi import APIRouter, Response

from shared.access import Scope
from shared.customers.reading import as_moment, beat_of
from shared.projection import Projection
from shared.stream.beat import Beat
from shared.web.access import needs
from shared.web.answers import json_answer


def partition_routes(projection: Projection, partitions: int) -> APIRouter:
    routes = APIRouter()

    @routes.get(
        "/partitions", summary="Position, lag and state of every partition", dependencies=[needs(Scope.OPERATIONS)]
    )
    async def get_partitions() -> Response:
        beats = [await beat_of(projection, partition) for partition in range(partitions)]
        return json_answer({"items": [_described(number, beat) for number, beat in enumerate(beats)]})

    return routes


def _described(partition: int, beat: Beat | None) -> dict[str, object]:
    if beat is None:
        return {"partition": partition, "state": "unknown", "next": None, "end": None, "behind": None, "at": None}
    return {
        "partition": partition,
        "state": beat.state.value,
        "reason": beat.reason,
        "next": beat.next,
        "end": beat.end,
        "behind": beat.behind,
        "as_of": as_moment(beat.as_of),
        "at": as_moment(beat.at),
    }
