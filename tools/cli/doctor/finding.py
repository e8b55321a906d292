"""One thing that was looked at."""

from typing import Literal, NamedTuple

State = Literal["ok", "note", "wrong"]


class Finding(NamedTuple):
    """told: what is. mend: what to do about it, when something is wrong."""

    subject: str
    state: State
    told: str
    mend: str = ""
