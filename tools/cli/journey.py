"""`ashiato journey`: what a customer has been through, debts first."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import quote

from shared.customer_number import BadCustomerNumber, written
from tools.cli.moments import ago, moment
from tools.cli.output import Output
from tools.cli.plain_words import in_words, owner
from tools.cli.world import World

Json = dict[str, Any]
WITHHELD = "(another desk's words)"
Line = tuple[str, str | None]  # text and style

_FLAG_WORDS = {
    "missed_promise": "a promise was missed",
    "ping_pong": "passed back and forth",
    "runaround": "passed from desk to desk",
}


async def show_journey(world: World, customer: str, *, as_json: bool, patience: float) -> None:
    """Raises NotThere, Unavailable."""
    async with world.api("journey", patience) as api:
        journey = await api.get(f"/journeys/{quote(customer, safe='')}")
    if as_json:
        world.output.json(journey)
        return
    for text, style in picture_lines(journey, world.now()):
        world.output.line(text, style)


async def show_all_events(world: World, customer: str, *, as_json: bool, patience: float) -> None:
    """Every entry, newest first; as_json: one JSON object a line."""
    async with world.api("journey", patience) as api:
        async for page in api.pages(f"/journeys/{quote(customer, safe='')}/events", limit=500):
            for entry in page["items"]:
                _show_entry(world.output, entry, as_json=as_json)


def _show_entry(output: Output, entry: Json, *, as_json: bool) -> None:
    if as_json:
        output.json(entry, indent=None)
    else:
        output.line(*entry_line(entry))


def picture_lines(journey: Json, now: datetime) -> Iterator[Line]:
    """The whole picture, in the order in which it matters."""
    behind = journey.get("behind")
    lag = f", {behind} events behind" if behind else ""
    yield f"Customer {sayable(journey['customer_id'])}   as of {moment(journey.get('as_of'))} UTC{lag}", "bold"
    yield from _section("We owe", (_debt(one, now) for one in journey.get("debts", ())), "red")
    yield from _section("Flags", (_flag(one) for one in journey.get("flags", ())), "yellow")
    yield from _section("Situation", (_note(one) for one in journey.get("situation", ())), "cyan")
    yield from _section("Last spoke with", _last_owner(journey.get("last_owner"), now), None)
    yield from _section("Open issues", (_issue(one, now) for one in journey.get("open_issues", ())), None)
    yield from _section("Running promises", (_promise(one, now) for one in journey.get("promises", ())), None)
    yield from _section("Wishes", _wishes(journey.get("preference")), None)
    yield from _section("Notices", (_notice(one) for one in journey.get("notices", ())), None)
    yield from _section("Feedback", _feedback(journey.get("feedback") or {}), None)
    yield "", None
    yield "Newest first", "bold"
    yield from (entry_line(entry) for entry in journey.get("entries", ()))


def entry_line(entry: Json) -> Line:
    """Struck out by word, not by colour alone, when it was retracted or replaced."""
    event = _filled(entry)
    text = f"  {moment(event.get('time'))}  {in_words(event)}"
    if entry.get("voided"):
        return f"{text}  [taken back]", "dim"
    if entry.get("replaced_by"):
        return f"{text}  [corrected]", "dim"
    return text, None


def _filled(entry: Json) -> Json:
    """The event; words that are another desk's, and are not shown, are shown as such."""
    event: Json = entry.get("event") or {}
    withheld = [name for name in entry.get("withheld", ()) if name != "data"]
    return {**event, "data": {**event.get("data", {}), **dict.fromkeys(withheld, WITHHELD)}} if withheld else event


def sayable(customer_id: str) -> str:
    try:
        return written(customer_id)
    except BadCustomerNumber:
        return customer_id


def _section(title: str, lines: Iterator[str], style: str | None) -> Iterator[Line]:
    found = list(lines)
    if found:
        yield "", None
        yield title, "bold"
        yield from ((f"  {line}", style) for line in found)


def _debt(promise: Json, now: datetime) -> str:
    tried = f", {promise['attempts']} attempts" if promise.get("attempts") else ""
    outcome = str(promise.get("outcome")).replace("_", " ")
    due = f"was due {moment(promise.get('due_by'))} ({ago(promise.get('due_by'), now)})"
    return f"{promise.get('kind')} by {owner(promise.get('owner'))}: {due}, {outcome}{tried}{_wording(promise)}"


def _promise(promise: Json, now: datetime) -> str:
    due = f"due {moment(promise.get('due_by'))} ({ago(promise.get('due_by'), now)})"
    return f"{promise.get('kind')} by {owner(promise.get('owner'))}: {due}, {promise.get('state')}{_wording(promise)}"


def _wording(promise: Json) -> str:
    return f' - "{promise["wording"]}"' if promise.get("wording") else ""


def _flag(flag: Json) -> str:
    what = _FLAG_WORDS.get(flag["kind"], flag["kind"])
    about = f"issue {flag['issue_id']}" if flag.get("issue_id") else f"promise {flag.get('promise_id')}"
    evidence = _counted(len(flag.get("evidence", ())), "event")
    return (
        f"{flag['kind']} ({what}), {flag.get('state')}, severity {flag.get('severity')}, "
        f"{about}, since {moment(flag.get('complete_at'))}, evidence: {evidence}"
    )


def _note(note: Json) -> str:
    until = f" (until {moment(note['valid_until'])})" if note.get("valid_until") else ""
    return f"{str(note.get('kind')).replace('_', ' ')}: {note.get('text')}{until}"


def _last_owner(last: Json | None, now: datetime) -> Iterator[str]:
    if last:
        yield f"{owner(last)}, {moment(last.get('at'))} ({ago(last.get('at'), now)})"


def _issue(issue: Json, now: datetime) -> str:
    name = issue.get("topic") or issue.get("issue_id")
    product = f" ({issue['product']})" if issue.get("product") else ""
    ways = " | ".join(" > ".join(desks) for desks in issue.get("desks", ()))
    lapsed = ", lapsed" if issue.get("lapsed") else ""
    touched = f", last touched {ago(issue.get('last_touch'), now)}" if issue.get("last_touch") else ""
    return f"{name}{product}: {ways or 'no desk yet'}{touched}{lapsed}"


def _wishes(preference: Json | None) -> Iterator[str]:
    if preference:
        yield in_words({"type": "preference.set", "data": preference})


def _notice(notice: Json) -> str:
    state = "told" if notice.get("delivered") else "NOT YET TOLD"
    return f"{notice.get('cause')} ({state}, {moment(notice.get('at'))}): {notice.get('explanation')}"


def _feedback(feedback: Json) -> Iterator[str]:
    counted = [
        _counted(feedback.get(name, 0), word) for name, word in (("thanks", "thanks"), ("complaints", "complaint"))
    ]
    if any(counted):
        yield ", ".join(filter(None, counted))


def _counted(count: int, word: str) -> str:
    plural = "" if count == 1 or word.endswith("s") else "s"
    return f"{count} {word}{plural}" if count else ""
