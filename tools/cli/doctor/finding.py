"""One thing that was looked at."""

from typing import Literal, NamedTuple

State = Literal["ok", "warning", "error"]


class Finding(NamedTuple):
    """told: what is. mend: what to do about it; never empty for a warning or an error."""

    subject: str
    state: State
    told: str
    mend: str = ""
