"""TLS and login at Kafka: settings turned into aiokafka's arguments, and what a failed connection failed of."""

import asyncio
import ssl
from collections.abc import Mapping
from typing import Any, Final

from aiokafka.conn import create_conn
from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    GroupAuthorizationFailedError,
    IllegalSaslStateError,
    KafkaConnectionError,
    KafkaError,
    SaslAuthenticationFailed,
    TopicAuthorizationFailedError,
    UnsupportedSaslMechanismError,
)

from shared.connections import Connections

_ASK_WITHIN_S: Final = 3.0


def kafka_security(settings: Connections) -> dict[str, Any]:
    """What every client of ours gets beside the addresses; nothing for an unguarded broker."""
    protocol = settings.kafka_protocol
    if protocol == "PLAINTEXT":
        return {}
    tls = {"security_protocol": protocol, "ssl_context": ssl.create_default_context(cafile=settings.kafka_ca)}
    if settings.kafka_user is None or settings.kafka_password is None:
        return tls
    return {
        **tls,
        "sasl_mechanism": settings.kafka_mechanism,
        "sasl_plain_username": settings.kafka_user,
        "sasl_plain_password": settings.kafka_password.get_secret_value(),
    }


async def why(error: BaseException, connection: Mapping[str, Any]) -> str:
    """What Kafka holds against us, in words where we know any. connection: what the client was given."""
    match error:
        case ClusterAuthorizationFailedError():
            return "we may write to no topic: grant Write"
        case TopicAuthorizationFailedError():
            return f"we may not read the topic {_named(error)}: grant Read on it"
        case GroupAuthorizationFailedError():
            return f"we may not be in the group {_named(error)}: grant Read on it"
        case KafkaConnectionError():
            return await _knock(connection) or type(error).__name__
        case _:
            return type(error).__name__


def _named(error: KafkaError) -> str:
    """aiokafka gives one name or a set of them."""
    given = error.args[0] if error.args else ""
    return given if isinstance(given, str) else ", ".join(sorted(given))


async def _knock(connection: Mapping[str, Any]) -> str:
    """aiokafka tells its own log why it could not connect, and its caller nothing: so once more, by hand.

    "" for a broker without TLS, and when it is just away.
    """
    if "ssl_context" not in connection:
        return ""
    host, _, port = connection["bootstrap_servers"].split(",")[0].rpartition(":")
    settings = {name: value for name, value in connection.items() if name not in {"bootstrap_servers", "client_id"}}
    try:
        async with asyncio.timeout(_ASK_WITHIN_S):
            (await create_conn(host, int(port), **settings)).close()
    except SaslAuthenticationFailed:
        return "it refuses our user or password: ASHIATO_KAFKA_USER, ASHIATO_KAFKA_PASSWORD"
    except (UnsupportedSaslMechanismError, IllegalSaslStateError):
        return "it does not take this way to log in: ASHIATO_KAFKA_SECURITY, ASHIATO_KAFKA_MECHANISM"
    except ssl.SSLCertVerificationError as error:
        return f"its certificate is not accepted, {error.verify_message}: ASHIATO_KAFKA_CA"
    except ssl.SSLError:
        return "it speaks no TLS there: ASHIATO_KAFKA, ASHIATO_KAFKA_SECURITY"
    except (KafkaError, OSError, TimeoutError, ValueError):
        return ""
    return ""
