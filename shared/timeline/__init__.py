"""The shared kernel: a customer's events as a set of facts in one order, and the issue that each belongs to.

Pure: no clock, no I/O. Journey and followup fold the same events with this code, so that they
agree without asking each other.

    order.py        the one order of a timeline's events
    corrections.py  what corrections and retractions leave standing
    addresses.py    when two writings of a number or URL mean the same
    mentions.py     which issue and contact an event names
    issues.py       one customer problem: open, touched, lapsed; which desks an event asserts
    contacts.py     what a contact's events say about it, wherever they stand
    attribution.py  which issue a contact or an event belongs to (the four rules)
    timeline.py     the fold: `place` one event after the last, `lay` a whole set
"""
