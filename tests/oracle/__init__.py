"""The oracle: definitions.md computed again from nothing, for the product to be compared with.

Plain and slow on purpose: every answer is a pure function of the log, told from scratch. It imports nothing of the
product. `# reading:` marks where the text can be read in two ways, with the way taken and the other.
"""

from tests.oracle.corrections import effective
from tests.oracle.digest import Digest, digest, document, handoff_figures, promise_figures
from tests.oracle.facts import Accepted, Event, Fact, accept, by_customer
from tests.oracle.flags import Flag, Transition, flags, trail
from tests.oracle.followup import Missed, Publication, callbacks, missed
from tests.oracle.ids import derive, stamp
from tests.oracle.promises import BY_ALL_FACTS, Life, Promise, life, promises
from tests.oracle.timeline import Issue, Timeline, timeline

__all__ = [
    "BY_ALL_FACTS",
    "Accepted",
    "Digest",
    "Event",
    "Fact",
    "Flag",
    "Issue",
    "Life",
    "Missed",
    "Promise",
    "Publication",
    "Timeline",
    "Transition",
    "accept",
    "by_customer",
    "callbacks",
    "derive",
    "digest",
    "document",
    "effective",
    "flags",
    "handoff_figures",
    "life",
    "missed",
    "promise_figures",
    "promises",
    "stamp",
    "timeline",
    "trail",
]
