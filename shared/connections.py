"""Where Kafka and Redis are, and how to be let in: the same settings in every process and on the command line.

What does not fit together is refused at the start, because a process that half connects tells nobody why.
"""

import ssl
from pathlib import Path
from typing import Annotated, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, Field, FilePath, SecretStr, model_validator
from pydantic_core import PydanticCustomError

KafkaSecurity = Literal["PLAINTEXT", "SSL", "SASL_SSL"]

_REDIS_SCHEMES: Final = ("redis", "rediss", "unix")


def _trustable(file: Path) -> Path:
    try:
        ssl.create_default_context(cafile=file)
    except (OSError, ssl.SSLError) as error:
        raise PydanticCustomError("authority", "holds no certificates in PEM that can be read") from error
    return file


# Certificates of the authorities that sign for the servers. None: those that the operating system trusts.
Authorities = Annotated[FilePath, AfterValidator(_trustable)]


class Connections(BaseModel):
    """A password belongs into a file of the secrets' folder (shared.settings); none is in any repr or message."""

    kafka: str = "127.0.0.1:9092"
    # None: what the others come to. A user logs in over TLS, authorities alone mean TLS, nothing means neither.
    kafka_security: KafkaSecurity | None = None
    kafka_mechanism: Literal["SCRAM-SHA-512", "SCRAM-SHA-256"] = "SCRAM-SHA-512"
    kafka_user: Annotated[str, Field(min_length=1)] | None = None
    kafka_password: Annotated[SecretStr, Field(min_length=1)] | None = None
    kafka_ca: Authorities | None = None
    # rediss:// is TLS. User and password, percent-encoded, stand in it, so it stays out of every repr.
    redis: Annotated[str, Field(repr=False)] = "redis://127.0.0.1:6379/0"
    redis_ca: Authorities | None = None

    @property
    def kafka_protocol(self) -> KafkaSecurity:
        """As Kafka calls it. Without a setting: the safest that what is set allows."""
        if self.kafka_security is not None:
            return self.kafka_security
        if self.kafka_user is not None:
            return "SASL_SSL"
        return "PLAINTEXT" if self.kafka_ca is None else "SSL"

    @model_validator(mode="after")
    def _kafka_fits_together(self) -> Self:
        protocol = self.kafka_protocol
        if (self.kafka_user is None) != (self.kafka_password is None):
            given, missing = ("PASSWORD", "USER") if self.kafka_user is None else ("USER", "PASSWORD")
            raise _half(f"ASHIATO_KAFKA_{given} is set and ASHIATO_KAFKA_{missing} is not: set both, or neither")
        if protocol == "SASL_SSL" and self.kafka_user is None:
            raise _half("ASHIATO_KAFKA_SECURITY is SASL_SSL: set ASHIATO_KAFKA_USER and ASHIATO_KAFKA_PASSWORD")
        if protocol != "SASL_SSL" and self.kafka_user is not None:
            raise _half(
                f"ASHIATO_KAFKA_SECURITY is {protocol}, which knows no user: set SASL_SSL, or take the user away"
            )
        if protocol == "PLAINTEXT" and self.kafka_ca is not None:
            raise _half("ASHIATO_KAFKA_SECURITY is PLAINTEXT, which checks no certificate: take ASHIATO_KAFKA_CA away")
        return self

    @model_validator(mode="after")
    def _redis_fits_together(self) -> Self:
        try:
            address = urlsplit(self.redis)
            well_formed = address.scheme in _REDIS_SCHEMES and (address.scheme == "unix" or bool(address.hostname))
            _ = address.port
        except ValueError:
            well_formed = False
        if not well_formed:
            raise _half("ASHIATO_REDIS is no address such as rediss://user:password@host:6379/0 (percent-encoded)")
        if "ssl_" in address.query:
            raise _half("ASHIATO_REDIS must not say how certificates are checked: set ASHIATO_REDIS_CA")
        # Where the manifests hand authorities to all, a process without a store has no address to go with them.
        if self.redis_ca is not None and "redis" in self.model_fields_set and address.scheme != "rediss":
            raise _half("ASHIATO_REDIS_CA is set, and ASHIATO_REDIS has no TLS: begin it with rediss://")
        return self


def _half(message: str) -> PydanticCustomError:
    # Braces would be taken for fields of a template; our messages have none.
    return PydanticCustomError("half_configured", message)
