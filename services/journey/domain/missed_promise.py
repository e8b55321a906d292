"""missed_promise: we did not do what we said, and it is announced, or was made good too late.

Source: definitions.md, "Flags".
"""

from services.journey.domain.standing import Standing
from shared.promises.life import life
from shared.promises.promise import Promise
from shared.timeline.order import Identity


def standing(promise: Promise) -> Standing | None:
    """Facts decide alone: without the announcement, and while nobody made it good, time has not shown it missed."""
    made, ends = promise.made, life(promise)
    if made is None or ends is None or made.historic or ends.outcome != "missed" or ends.missed_window is None:
        return None
    deadline = ends.missed_window.deadline
    if deadline not in promise.announced and ends.made_good is None:
        return None
    return Standing(
        kind="missed_promise",
        subject=promise.promise_id,
        settled=ends.ending if ends.ending != "kept" else None,
        evidence=(Identity(made.source, made.id),),
        complete=deadline,
        issue_id=made.issue_id,
    )
