"""Pages: how many, and from where on."""

import base64
import binascii
import hashlib
from typing import Annotated, Final, TypeVar

import msgspec
from fastapi import Query

from shared.web.problems import Invalid

MOST: Final = 1000
_LONGEST: Final = 8192
_SUM: Final = 6

T = TypeVar("T")

# As parameters of an endpoint: `limit: Limit = 50, cursor: Cursor = None`.
Limit = Annotated[int, Query(ge=1, le=MOST, description="How many to answer at most.")]
Cursor = Annotated[str | None, Query(max_length=_LONGEST, description="`next` of the page before.")]


def write_cursor(work_list: str, position: object) -> str:
    """Opaque text for `next`. work_list: any name; a cursor of another list is refused.

    Not signed: it says where a list goes on, which the caller may see anyway. The sum is there so that a cursor cut
    short or typed wrong is refused instead of answering an odd page.
    """
    content = msgspec.msgpack.encode((work_list, position))
    return base64.urlsafe_b64encode(_sum(content) + content).rstrip(b"=").decode()


def read_cursor(text: str, work_list: str, kind: type[T]) -> T:
    """The position, of the type it was written from. Raises Invalid."""
    try:
        sealed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        name, position = msgspec.msgpack.decode(sealed[_SUM:], type=tuple[str, msgspec.Raw])
        if name == work_list and write_cursor(name, position) == text:
            return msgspec.msgpack.decode(position, type=kind)
    except (binascii.Error, ValueError, msgspec.DecodeError, RecursionError):
        pass
    raise Invalid(
        "The cursor is not one that this list gave out. Begin again without it.",
        errors=[{"parameter": "cursor", "detail": "Not a cursor of this list"}],
    )


def _sum(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=_SUM).digest()
