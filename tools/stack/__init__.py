"""Kafka and Valkey on this machine's loopback, with nothing installed but Python wheels and the broker's jars."""

from tools.stack.errors import DidNotAnswer, DidNotStart, JarsUnavailable, StackError, TopicsDiffer, WrongHash
from tools.stack.kafka import Kafka
from tools.stack.kafka_node import KafkaNode
from tools.stack.ports import LOOPBACK, free_ports, is_free, preferred_or_free
from tools.stack.process import Process
from tools.stack.topics import create_topics
from tools.stack.valkey import Valkey

__all__ = [
    "LOOPBACK",
    "DidNotAnswer",
    "DidNotStart",
    "JarsUnavailable",
    "Kafka",
    "KafkaNode",
    "Process",
    "StackError",
    "TopicsDiffer",
    "Valkey",
    "WrongHash",
    "create_topics",
    "free_ports",
    "is_free",
    "preferred_or_free",
]
