"""A partition's customers as a service keeps them: what happened (entries) and what it comes to (a folded state).

Journey and followup fold different states from the same events; everything between the record and the state is here:
known identities, the fast path, the slow path, what is to be written. Knows the log's events and no service's rules.

    entry.py      one accepted event as stored: the bytes received, where and when they were recorded
    compact.py    bytes to fewer bytes and back
    filing.py     where entries lie: older ones in frames, the rest one by one
    fold.py       what a service brings: how its state begins, evolves, is folded and stored
    customer.py   one customer while a chunk is handled: receive an event, say what to write
    reading.py    customers seen from outside their worker: complete or not at all, page by page
    incoming.py   from a record to an event for its customer, or to the reason why it is set aside
    customers.py  those of a partition: load a chunk's customers in one round trip, remember states
    held.py       read what we decide by, only while the store stands where we think
    speech.py     what is said on the log about a chunk, once for all its tries
"""
