"""What the broker would not let us do, asked before it matters.

Whoever joins a group without the right to is told by nobody: aiokafka's coordinator gives up in silence, and a denied
fetch ends Faust's process. So a worker asks first, with requests that change nothing.
"""

from collections.abc import Mapping
from typing import Any, Final

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import GroupAuthorizationFailedError, KafkaError, TopicAuthorizationFailedError, for_code
from aiokafka.protocol.fetch import FetchRequest
from aiokafka.protocol.group import HeartbeatRequest

from shared.event_log.log import LogUnavailable
from shared.event_log.security import why

# Rights are looked at before offsets: nothing is sent to us.
_BEYOND_ANY_END: Final = 2**62


async def check_access(connection: Mapping[str, Any], group: str, topic: str) -> None:
    """connection: what every client gets, addresses and security.

    Raises LogUnavailable, which names what is lacking.
    """
    admin = AIOKafkaAdminClient(**connection)
    try:
        await admin.start()
        await _may_read(admin, topic)
        await _may_join(admin, group)
    except (KafkaError, OSError, TimeoutError) as error:
        raise LogUnavailable(await why(error, connection)) from error
    finally:
        await admin.close()


async def _may_read(admin: AIOKafkaAdminClient, topic: str) -> None:
    answer = await admin._send_request(FetchRequest(0, 0, 1, 0, [(topic, [(0, _BEYOND_ANY_END, 1)])]))
    [(_, [(_, code, *_)])] = answer.topics
    if for_code(code) is TopicAuthorizationFailedError:
        raise TopicAuthorizationFailedError(topic)


async def _may_join(admin: AIOKafkaAdminClient, group: str) -> None:
    """The group's coordinator answers a stranger's heartbeat with what it lacks: the right, or only membership."""
    try:
        coordinator = await admin.find_coordinator(group)
    except GroupAuthorizationFailedError:
        raise GroupAuthorizationFailedError(group) from None
    answer = await admin._send_request_to_node(coordinator, HeartbeatRequest(group, -1, ""))
    if for_code(answer.error_code) is GroupAuthorizationFailedError:
        raise GroupAuthorizationFailedError(group)
