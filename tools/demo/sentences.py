"""Flag events in one plain sentence each. The facts come from the look-up, as any other reader's would."""

from datetime import datetime, timedelta
from typing import Any, Final

from shared.events import FlagRaised, FlagSettled, FlagWithdrawn
from tools.cli.moments import ago
from tools.cli.plain_words import owner
from tools.demo.watching import FlagEvent

Json = dict[str, Any]

_WHAT: Final = {"ping_pong": "back and forth", "runaround": "runaround", "missed_promise": "missed promise"}
_WHY: Final = {
    "issue_resolved": "the issue is resolved",
    "made_good": "it was made good, late",
    "cancelled": "nobody waits for it any more",
}


def sentence(flag: FlagEvent, journey: Json, now: datetime) -> str:
    """`journey`: the look-up of its customer, or {} when there is none."""
    match flag:
        case FlagRaised():
            return _raised(flag, journey, now)
        case FlagWithdrawn():
            return f"no {_what(flag)}, by what is known now"
        case FlagSettled():
            why = _WHY.get(flag.data.why, flag.data.why.replace("_", " "))
            return f"{_what(flag)}: {why}"


def _raised(flag: FlagRaised, journey: Json, now: datetime) -> str:
    match flag.data.kind:
        case "ping_pong":
            return f"sent back and forth: {_way(flag, journey)}"
        case "runaround":
            return f"passed from desk to desk (たらい回し): {_way(flag, journey)}"
        case "missed_promise":
            return _missed(flag, journey, now)
        case other:
            return other.replace("_", " ")


def quiet_sentence(journey: Json, now: datetime) -> str:
    """Of a customer without flags."""
    owed = [f"{owner(one['owner'])} owes a {one['kind']}, due {ago(one['due_by'], now)}" for one in journey["promises"]]
    if owed:
        return f"no flag, but {' and '.join(owed)}"
    return "no flag; the customer said thanks" if journey["feedback"]["thanks"] else "no flag"


def _way(flag: FlagRaised, journey: Json) -> str:
    """The desks of the issue's last sequence, in order."""
    for issue in journey.get("open_issues", ()):
        if issue["issue_id"] == flag.data.issue_id and issue["desks"]:
            return " → ".join(issue["desks"][-1])
    return f"issue {flag.data.issue_id}"


def _missed(flag: FlagRaised, journey: Json, now: datetime) -> str:
    again = f", broken promise no. {flag.data.severity} in a year" if flag.data.severity > 1 else ""
    for promise in journey.get("debts", ()):
        if promise["promise_id"] == flag.data.promise_id:
            who, kind = owner(promise["owner"]), promise["kind"]
            return f"{kind} promised by {who}, due {_when(promise['due_by'], now)}, never came{again}"
    return f"promise {flag.data.promise_id} was not kept{again}"


def _when(due_by: str, now: datetime) -> str:
    past = now - datetime.fromisoformat(due_by)
    return "just now" if past < timedelta(minutes=1) else ago(due_by, now)


def _what(flag: FlagEvent) -> str:
    return _WHAT.get(flag.data.kind, flag.data.kind)
