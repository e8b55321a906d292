"""The topics on a local stack (`shared.event_log.creation`), with a hint that fits one."""

from collections.abc import Mapping, Sequence
from typing import Any

from shared.event_log import creation
from shared.event_log.topics import TOPICS, Topic, sized
from tools.stack.errors import StackError, TopicsDiffer


async def create_topics(
    bootstrap: str,
    topics: Sequence[Topic] | None = None,
    *,
    partitions: int | None = None,
    security: Mapping[str, Any] | None = None,
) -> list[str]:
    """Create what is absent and return those names, once every partition can be used; harmless when repeated.

    `partitions` replaces the count of the topics that follow the events' count. Copies: three, or as many as there are
    brokers. Raises TopicsDiffer when a topic exists with another partition count: it is fixed for life.
    """
    wanted = list(topics if topics is not None else sized(partitions) if partitions else TOPICS)
    try:
        return await creation.create_topics(bootstrap, wanted, security=security)
    except creation.TopicsDiffer as error:
        raise TopicsDiffer(f"{error}: ask for the existing count, or erase the local data first") from error
    except creation.CreationError as error:
        raise StackError(str(error)) from error
