"""Settings of access: ASHIATO_ACCESS_<NAME> for all services, ASHIATO_JOURNEY_ACCESS_<NAME> for one.

Without an issuer and without keys nobody is asked who they are, and an API listens on loopback only.
"""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, ClassVar, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, SecretStr, model_validator
from pydantic_core import PydanticCustomError

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
LEAST_KEY = 32


class AccessSettings(BaseModel):
    """names_customers: whether answers are about persons, so that look-ups go on the record."""

    names_customers: ClassVar[bool] = True

    access_issuer: str | None = None
    access_audience: str | None = None
    access_jwks_url: str | None = None
    access_jwks_file: Path | None = None
    access_leeway: Annotated[timedelta, Field(ge=timedelta(0), le=timedelta(minutes=5))] = timedelta(seconds=30)
    access_keys: Path | None = None
    # What turns a customer id into the pseudonym under which look-ups are kept; whoever has it can turn it back.
    access_pseudonym_key: SecretStr | None = None
    # Whether the API describes itself at /openapi.json although it asks who comes.
    access_openapi: bool = False
    # A person at work asks some times a minute, a page of a program some times a second.
    access_rate: Annotated[float, Field(gt=0)] = 20.0
    access_burst: Annotated[int, Field(ge=1)] = 60
    # An agent speaks with some ten customers an hour; who looks at hundreds does something else.
    access_customers_per_hour: Annotated[int, Field(ge=1)] = 200

    @property
    def access_is_on(self) -> bool:
        return self.access_issuer is not None or self.access_keys is not None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        for said in self._lacking():
            raise PydanticCustomError("half_configured", said)
        return self

    def _lacking(self) -> list[str]:
        """What is missing beside what is set; the names are those of the environment."""
        found = []
        by_jwks = self.access_jwks_url is not None, self.access_jwks_file is not None
        if self.access_issuer is None and (any(by_jwks) or self.access_audience is not None):
            found.append("set ASHIATO_ACCESS_ISSUER too: without it no token is looked at")
        if self.access_issuer is not None and self.access_audience is None:
            found.append("set ASHIATO_ACCESS_AUDIENCE too: a token for somebody else is none for us")
        if self.access_issuer is not None and sum(by_jwks) != 1:
            found.append("set either ASHIATO_ACCESS_JWKS_URL or ASHIATO_ACCESS_JWKS_FILE: where the issuer's keys are")
        if self.access_jwks_url is not None and not _is_safe(self.access_jwks_url):
            found.append("ASHIATO_ACCESS_JWKS_URL must begin with https://: keys fetched in the open are anybody's")
        if self.access_is_on and self.names_customers and len(_secret(self.access_pseudonym_key)) < LEAST_KEY:
            found.append(f"set ASHIATO_ACCESS_PSEUDONYM_KEY to {LEAST_KEY} random characters or more")
        return found


def _secret(key: SecretStr | None) -> str:
    return "" if key is None else key.get_secret_value()


def _is_safe(url: str) -> bool:
    parts: Any = urlsplit(url)
    return bool(parts.hostname) and (
        parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    )
