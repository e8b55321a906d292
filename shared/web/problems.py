"""What went wrong, told to the caller: RFC 9457, application/problem+json. What to mend, and nothing of the inside.

Problem (a Starlette HTTPException, because FastAPI lets only those pass while it reads a body)
├── Unauthorized             401  WWW-Authenticate
├── Forbidden                403
├── NotFound                 404
├── RequestTimeout           408  the body did not arrive in time
├── TooLarge                 413
├── UnsupportedMediaType     415
├── Misdirected              421  not for this host
├── Invalid                  422  errors: which field or parameter
├── TooMany                  429  Retry-After
├── Internal                 500  instance: what to look for in the log
└── Unavailable              503  Retry-After
"""

from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, ClassVar, Final

import msgspec
from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

MEDIA_TYPE: Final = "application/problem+json"
MOST_ERRORS: Final = 20

# {"pointer": RFC 6901 into the body, "detail"}, or {"parameter": name, "detail"} for the query and the path.
FieldError = Mapping[str, object]


class Problem(HTTPException):
    """detail: what to do about this occurrence. more: further members of the answer."""

    status: ClassVar[HTTPStatus] = HTTPStatus.BAD_REQUEST
    name: ClassVar[str] = ""
    title: ClassVar[str] = ""

    def __init__(
        self,
        detail: str,
        *,
        errors: Iterable[FieldError] = (),
        headers: Mapping[str, str] | None = None,
        more: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(self.status, detail, headers)
        self.errors = list(errors)[:MOST_ERRORS]
        self.more = more or {}

    def content(self) -> dict[str, object]:
        """The members of the answer; within a batch's answer it stands for one event."""
        errors = {"errors": self.errors} if self.errors else {}
        return {**_members(self.status, self.detail, self.name, self.title), **errors, **self.more}

    def response(self) -> Response:
        return _response(self.status, self.content(), self.headers)


class Unauthorized(Problem):
    """RFC 6750: a caller without a token hears which kind to bring, one with a bad token that it is bad."""

    status = HTTPStatus.UNAUTHORIZED

    def __init__(self, detail: str, *, brought: bool) -> None:
        error = ', error="invalid_token"' if brought else ""
        super().__init__(detail, headers={"WWW-Authenticate": f'Bearer realm="ashiato"{error}'})


class Forbidden(Problem):
    status = HTTPStatus.FORBIDDEN


class MissingScope(Forbidden):
    name = "missing_scope"
    title = "Missing scope"

    def __init__(self, scope: str) -> None:
        challenge = f'Bearer realm="ashiato", error="insufficient_scope", scope="{scope}"'
        super().__init__(
            f"This needs the scope {scope}, which yours do not include.",
            headers={"WWW-Authenticate": challenge},
            more={"scope": scope},
        )


class NotFound(Problem):
    status = HTTPStatus.NOT_FOUND


class RequestTimeout(Problem):
    status = HTTPStatus.REQUEST_TIMEOUT


class TooLarge(Problem):
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    name = "too_large"
    title = "Too large"


class UnsupportedMediaType(Problem):
    """accepted: the media types that are understood; RFC 9110 wants them in Accept."""

    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE

    def __init__(self, detail: str, *, accepted: Sequence[str]) -> None:
        super().__init__(detail, headers={"Accept": ", ".join(accepted)}, more={"accepted": list(accepted)})


class Misdirected(Problem):
    status = HTTPStatus.MISDIRECTED_REQUEST


class Invalid(Problem):
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    name = "invalid"
    title = "Invalid"


class TooMany(Problem):
    """retry_after: whole seconds."""

    status = HTTPStatus.TOO_MANY_REQUESTS

    def __init__(self, detail: str, *, retry_after: int) -> None:
        super().__init__(detail, headers={"Retry-After": str(retry_after)})


class Internal(Problem):
    status = HTTPStatus.INTERNAL_SERVER_ERROR

    def __init__(self, instance: str) -> None:
        super().__init__("This is our fault. Our log knows it by the instance.", more={"instance": instance})


class Unavailable(Problem):
    """retry_after: whole seconds."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    name = "unavailable"
    title = "Unavailable"

    def __init__(self, detail: str, *, retry_after: int = 2) -> None:
        super().__init__(detail, headers={"Retry-After": str(retry_after)})


async def answer_http_exception(_: Request, error: Exception) -> Response:
    """Ours as they are; Starlette's own (no route, wrong method) in the same form."""
    if isinstance(error, Problem):
        return error.response()
    if not isinstance(error, HTTPException):
        raise error
    status = HTTPStatus(error.status_code)
    return _response(status, _members(status, _DETAILS.get(status, status.description)), error.headers)


async def answer_validation_error(_: Request, error: Exception) -> Response:
    """FastAPI's refusal of parameters, without the values it would send back."""
    if not isinstance(error, RequestValidationError):
        raise error
    return Invalid(
        "The request cannot be understood as it is; see errors.", errors=map(_field, error.errors())
    ).response()


_DETAILS: Final = {
    HTTPStatus.NOT_FOUND: "There is nothing at this address.",
    HTTPStatus.METHOD_NOT_ALLOWED: "This address does not take this method; see Allow.",
}

_encode = msgspec.json.Encoder().encode


def _members(status: HTTPStatus, detail: str, name: str = "", title: str = "") -> dict[str, object]:
    return {
        "type": f"urn:ashiato:problem:{name or status.phrase.lower().replace(' ', '_')}",
        "title": title or status.phrase.capitalize(),
        "status": status.value,
        "detail": detail,
    }


def _response(status: HTTPStatus, content: Mapping[str, object], headers: Mapping[str, str] | None) -> Response:
    return Response(_encode(content), status.value, headers, media_type=MEDIA_TYPE)


def _field(error: Mapping[str, Any]) -> FieldError:
    where, *path = error["loc"]
    if where == "body":
        return {"pointer": "".join(f"/{part}" for part in path), "detail": error["msg"]}
    return {"parameter": ".".join(map(str, path)), "detail": error["msg"]}
