"""Long stories of one customer, told one after the other: of new contacts, issues and promises, or of the same again
after weeks."""

from datetime import datetime, timedelta

from hypothesis import strategies as st

from tests.histories.builders import BEGIN, WEEK, Event, moment
from tests.histories.followed import with_followup
from tests.histories.histories import histories

_TIMES = ("due_from", "due_by", "at", "detected_at", "valid_until")
_NAMES = ("contact_id", "issue_id", "promise_id")


@st.composite
def long_stories(draw: st.DrawFn) -> list[Event]:
    """Some 20 to 80 events, mostly in order: what a story names, an earlier one has mostly named too."""
    log: list[Event] = []
    begins = timedelta()
    for number in range(draw(st.integers(2, 6))):
        story = draw(histories(customers=1, followed=False))
        of = draw(st.sampled_from(("", "", "x", "y", "z")))
        log += [_moved(event, begins, number, of) for event in sorted(story, key=lambda event: event["time"])]
        pause = draw(st.sampled_from((timedelta(hours=1), WEEK - timedelta(hours=1), WEEK, 2 * WEEK, 60 * WEEK)))
        begins = datetime.fromisoformat(log[-1]["time"]) - BEGIN + pause
    for _ in range(draw(st.integers(0, 4))):
        log.insert(draw(st.integers(0, len(log))), log.pop(draw(st.integers(0, len(log) - 1))))
    return with_followup(log, [(len(log), moment(500 * WEEK))])


def _moved(event: Event, by: timedelta, number: int, of: str) -> Event:
    """of: what its contacts, issues and promises are told from others by."""
    moved = {**event, "id": f"{event['id']}-{number}", "time": _later(event["time"], by)}
    if "corrects" in event:
        moved["corrects"] = f"{event['corrects']}-{number}"
    data = {name: _later(value, by) if name in _TIMES else value for name, value in event["data"].items()}
    moved["data"] = {name: f"{value}{of}" if name in _NAMES else value for name, value in data.items()}
    if "retracts" in data:
        moved["data"]["retracts"] = f"{data['retracts']}-{number}"
    return moved


def _later(time: str, by: timedelta) -> str:
    return (datetime.fromisoformat(time) + by).isoformat().replace("+00:00", "Z")
