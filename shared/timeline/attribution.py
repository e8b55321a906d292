"""Which issue a contact or an event belongs to: the four rules, each a function. Source: definitions.md.

All of them ask what the order says so far (`issues`, `redirects`) and what the contact's events say anywhere
(`Contact`).
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec

from shared.events.identity import derive
from shared.timeline.contacts import Contact, Rule, Touchpoint
from shared.timeline.issues import Issue, lapsed, recently_touched

REDIRECT_LEADS_FOR = timedelta(hours=24)


class Redirect(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The customer was told to go elsewhere; `number` counts the customer's redirects in their order."""

    number: int
    time: datetime
    told: str
    address: str  # `told`, normalized
    to_desk: str | None
    issue: str


class Attribution(NamedTuple):
    issue: str | None
    rule: Rule
    followed: int = 0


def attribute(
    customer_id: str,
    contact: Contact,
    now: datetime,
    issues: Mapping[str, Issue],
    redirects: Sequence[Redirect],
    touchpoints: Iterable[Touchpoint],
) -> Attribution:
    """`now`: when the contact's first event occurred."""
    if contact.named:
        return Attribution(contact.named, Rule.NAMED)
    if redirect := last_fitting(redirects, touchpoints):
        return Attribution(redirect.issue, Rule.REDIRECTED, redirect.number)
    if contact.outbound:
        return Attribution(None, Rule.NONE)
    if issue := to_continue(issues, contact.topic, now):
        return Attribution(issue.issue_id, Rule.CONTINUED)
    return Attribution(implicit_issue_id(customer_id, contact.contact_id), Rule.NEW)


def last_fitting(redirects: Sequence[Redirect], touchpoints: Iterable[Touchpoint]) -> Redirect | None:
    """Rule 2: of the redirects that the contact followed within 24 h, the last."""
    seen = list(touchpoints)
    return next((r for r in reversed(redirects) if any(_fits(r, point) for point in seen)), None)


def _fits(redirect: Redirect, point: Touchpoint) -> bool:
    if not timedelta(0) <= point.time - redirect.time <= REDIRECT_LEADS_FOR:
        return False
    if point.desk is not None:
        return point.desk in (redirect.to_desk, redirect.told)
    return point.address == redirect.address


def to_continue(issues: Mapping[str, Issue], topic: str | None, now: datetime) -> Issue | None:
    """Rule 3: the open issue touched last, less than 7 days ago, unless both name topics and these differ."""
    fitting = (
        issue
        for issue in issues.values()
        if issue.open and recently_touched(issue, now) and (topic is None or issue.topic in (None, topic))
    )
    return max(fitting, key=lambda issue: issue.touches, default=None)


def implicit_issue_id(customer_id: str, *parts: str) -> str:
    """Rule 4: nobody named the problem, so the contact (or the source and id of a lone event) does."""
    return derive(["issue", customer_id, *parts])


def open_issue_touched_last(issues: Mapping[str, Issue], now: datetime | None = None) -> Issue | None:
    """With `now`, lapsed issues do not count."""
    fitting = (
        issue
        for issue in issues.values()
        if issue.open and issue.touches and not (now is not None and lapsed(issue, now))
    )
    return max(fitting, key=lambda issue: issue.touches, default=None)
