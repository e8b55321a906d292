"""Who the doctor is, where Kafka and Redis let in only whom they know. It may look at everything, and changes nothing.

A probe on the topic that is there for probes tells the broker's clock; a client without Write on any topic could not
even begin.
"""

from typing import Final

from shared.event_log.topics import CLOCK_PROBES, DEAD_LETTERS, TOPICS
from tools.kubernetes.kafka_access import FOLLOWUP_GROUP, JOURNEY_GROUP, Rule

USER: Final = "ashiato-doctor"

KAFKA: Final = (
    *(Rule("topic", topic.name, ("Describe", "DescribeConfigs")) for topic in TOPICS),
    Rule("topic", DEAD_LETTERS.name, ("Read",)),
    Rule("topic", CLOCK_PROBES.name, ("Read", "Write")),
    *(Rule("group", group, ("Describe",)) for group in (JOURNEY_GROUP, FOLLOWUP_GROUP)),
    Rule("cluster", "kafka-cluster", ("Describe",)),
)
# As in an ACL file, without the password.
REDIS: Final = (
    f"user {USER} on resetchannels %R~{{journey}}* %R~{{followup}}* -@all "
    "+info +time +function|list +get +cluster|slots +command"
)
