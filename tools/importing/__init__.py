"""Exports of other systems as events: a csv file and a small mapping in, events in the order of time out.

mapping.py    which column means what, read from TOML
table.py      rows of a csv file, also inside .zip or .gz
cells.py      what a cell says: a time, a customer id, nothing
incidents.py  an incident log (a row is an update) as issue.assigned, issue.resolved, issue.reopened
requests.py   a list of requests (a row is a request) as promise.made, promise.kept
arranging.py  all events in the order of time
in_order.py   sorting on disk, in bounded memory
"""

from tools.importing.aside import Aside
from tools.importing.errors import BadFile, BadMapping, ImportFault
from tools.importing.incidents import read_incidents
from tools.importing.mapping import Mapping, read_mapping
from tools.importing.requests import read_requests
from tools.importing.watch import Counts, Watch

__all__ = [
    "Aside",
    "BadFile",
    "BadMapping",
    "Counts",
    "ImportFault",
    "Mapping",
    "Watch",
    "read_incidents",
    "read_mapping",
    "read_requests",
]
