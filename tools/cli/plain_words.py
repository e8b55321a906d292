"""Events in plain words: one line each, for a person who has to know what happened before speaking."""

from collections.abc import Callable
from typing import Any

from tools.cli.moments import duration, moment

Data = dict[str, Any]

_REASONS = {
    "not_our_department": "not our department",
    "skill": "another skill is needed",
    "language": "another language is needed",
    "escalation": "escalated",
    "closed": "the desk was closed",
    "other": "another reason",
}
_ENDERS = {
    "customer": "the customer hung up",
    "agent": "the agent ended it",
    "third_party": "a third party ended it",
    "system": "OUR SYSTEM cut the customer off",
    "telecom": "the line was cut",
    "unknown": "it ended",
}
_RESULTS = {
    "reached": "reached the customer",
    "refused": "the customer did not want it",
    "no_answer": "no answer",
    "busy": "busy",
    "machine": "a machine answered",
    "failed": "the attempt failed",
}


def in_words(event: dict[str, Any]) -> str:
    """Of any event, also of types this version does not know. The text may hold anything: print it with Output."""
    data = event.get("data")
    sentence = _SENTENCES.get(event.get("type", ""))
    if sentence is None or not isinstance(data, dict):
        return str(event.get("type", "an event"))
    return sentence(data)


def owner(of: Any) -> str:
    if not isinstance(of, dict):
        return "nobody"
    desk, agent = of.get("desk"), of.get("agent")
    return f"{agent} at {desk}" if agent else str(desk)


def promise(data: Data) -> str:
    """What was promised, by whom, by when."""
    due = f" by {moment(data['due_by'])}" if data.get("due_by") else ", no time said"
    return f"{data.get('kind', 'something')} promised by {owner(data.get('owner'))}{due}{_quoted(data.get('wording'))}"


def _quoted(text: Any) -> str:
    return f' - "{text}"' if text else ""


def _after(seconds: Any, what: str) -> str:
    return f" after {duration(seconds)} {what}" if seconds is not None else ""


def _started(data: Data) -> str:
    began = "we made contact" if data.get("direction") == "outbound" else "the customer came"
    about = "".join(f", {data[name]}" for name in ("topic", "product") if data.get(name))
    return f"{began} by {data.get('channel')} ({data.get('entry_point')}){about}"


def _queued(data: Data) -> str:
    expected = data.get("expected_wait_s")
    wait = f", told to expect {duration(expected)}" if expected is not None else ""
    place = f" at place {data['position']}" if data.get("position") is not None else ""
    return f"waits for {data.get('desk')}{place}{wait}"


def _choice(data: Data) -> str:
    return f"was offered {', '.join(map(str, data.get('offered', []))) or 'nothing'}; chose {data.get('chosen')}"


def _connected(data: Data) -> str:
    return f"speaks with {data.get('agent')} at {data.get('desk')}{_after(data.get('wait_s'), 'waiting')}"


def _ended(data: Data) -> str:
    how = _ENDERS.get(data.get("ended_by", ""), "it ended")
    spent = _after(data.get("wait_s"), "waiting") or _after(data.get("talk_s"), "talking")
    return f"{how} ({data.get('phase')}{', ' + str(data['desk']) if data.get('desk') else ''}){spent}"


def _transferred(data: Data) -> str:
    told = "" if data.get("context_passed") else ", nothing passed on"
    why = _REASONS.get(data.get("reason", ""), data.get("reason"))
    return f"moved from {data.get('from_desk') or 'a menu'} to {data.get('to_desk')} ({why}{told})"


def _transfer_failed(data: Data) -> str:
    return f"the move from {data.get('from_desk') or 'a menu'} to {data.get('to_desk')} failed: {data.get('cause')}"


def _redirected(data: Data) -> str:
    where = f" ({data['to_desk']})" if data.get("to_desk") else ""
    return f"{data.get('desk') or 'we'} told the customer to go to {data.get('told')}{where}"


def _issue(verb: str) -> Callable[[Data], str]:
    def sentence(data: Data) -> str:
        about = data.get("topic") or data.get("issue_id")
        return f"issue {about} {verb}" + (f" {owner(data)}" if data.get("desk") else "")

    return sentence


def _rescheduled(data: Data) -> str:
    return f"promise moved to {moment(data.get('due_by'))} by {data.get('by')}: {data.get('reason')}"


def _missed(data: Data) -> str:
    late = ", made good meanwhile" if data.get("made_good") else ""
    return f"PROMISE MISSED: {owner(data.get('owner'))} was to do it by {moment(data.get('due_by'))}{late}"


def _followup(verb: str) -> Callable[[Data], str]:
    return lambda data: f"follow-up ({data.get('kind')}) {verb} for {owner(data.get('owner'))}: {data.get('why')}"


def _outreach(verb: str) -> Callable[[Data], str]:
    return lambda data: f"our {data.get('channel')} {verb}: {data.get('purpose')}"


def _preference(data: Data) -> str:
    wishes = [f"prefers {', '.join(data.get('preferred_channels') or ['any channel'])}"]
    if data.get("never_channels"):
        wishes.append(f"never {', '.join(data['never_channels'])}")
    if data.get("ask_first"):
        wishes.append("ask first")
    if quiet := data.get("quiet_hours"):
        wishes.append(f"quiet {quiet.get('from')}-{quiet.get('to')} {quiet.get('tz')}")
    return "; ".join(wishes)


def _feedback(data: Data) -> str:
    about = data.get("about")
    if isinstance(about, dict):
        about = about.get("agent") or about.get("desk") or about.get("product")
    return f"{data.get('kind')}{f' for {about}' if about else ''}{_quoted(data.get('text'))}"


def _flag(verb: str) -> Callable[[Data], str]:
    return lambda data: f"flag {data.get('kind')} {verb}, severity {data.get('severity')}"


_SENTENCES: dict[str, Callable[[Data], str]] = {
    "contact.started": _started,
    "contact.queued": _queued,
    "contact.wait_choice": _choice,
    "contact.connected": _connected,
    "contact.ended": _ended,
    "contact.re_explained": lambda data: f"had to explain again: the {data.get('what')}",
    "contact.transferred": _transferred,
    "contact.transfer_failed": _transfer_failed,
    "contact.consulted": lambda data: f"{data.get('desk')} asked {data.get('with_desk')}",
    "redirect.advised": _redirected,
    "issue.opened": _issue("opened"),
    "issue.assigned": _issue("assigned to"),
    "issue.resolved": lambda data: f"resolved, says the {data.get('confirmed_by')}: {data.get('resolution')}",
    "issue.reopened": lambda data: f"issue {data.get('issue_id')} reopened: {data.get('cause')}",
    "issue.dropped": lambda data: f"the customer gave up ({data.get('phase')})",
    "promise.made": promise,
    "promise.rescheduled": _rescheduled,
    "promise.reassigned": lambda data: f"promise handed to {owner(data.get('owner'))}: {data.get('reason')}",
    "promise.cancelled": lambda data: f"promise cancelled by {data.get('by')}: {data.get('reason')}",
    "promise.attempted": lambda data: f"we tried: {_RESULTS.get(data.get('result', ''), data.get('result'))}",
    "promise.kept": lambda _: "promise kept",
    "promise.missed": _missed,
    "followup.planned": _followup("planned"),
    "followup.done": _followup("done"),
    "followup.skipped": _followup("left out"),
    "outreach.sent": _outreach("went out"),
    "outreach.failed": _outreach("did not arrive"),
    "outreach.answered": _outreach("was answered"),
    "notice.raised": lambda data: f"to be told ({data.get('cause')}): {data.get('explanation')}",
    "notice.delivered": lambda data: f"was told ({data.get('cause')}): {data.get('explanation')}",
    "preference.set": _preference,
    "situation.noted": lambda data: f"{str(data.get('kind')).replace('_', ' ')}: {data.get('text')}",
    "situation.expired": lambda data: f"no longer: {data.get('text')}",
    "feedback.given": _feedback,
    "identifier.linked": lambda data: f"{data.get('kind')} linked",
    "identifier.unlinked": lambda data: f"{data.get('kind')} unlinked",
    "customer.merged": lambda data: f"{data.get('merged_id')} is the same customer as {data.get('survivor_id')}",
    "customer.unmerged": lambda data: f"{data.get('merged_id')} is another customer than {data.get('survivor_id')}",
    "flag.raised": _flag("raised"),
    "flag.withdrawn": _flag("withdrawn"),
    "flag.settled": _flag("settled"),
    "customer.erased": lambda data: f"erased: {data.get('scope')}",
    "event.retracted": lambda data: f"taken back: {data.get('reason')}",
}
