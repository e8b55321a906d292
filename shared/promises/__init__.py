"""The shared kernel: the life of one promise. Source: definitions.md, "Promises".

Pure: no clock, no I/O. What holds "now" is asked with `life(promise, as_of)`.

    promise.py   what is known of a promise: its making, and the moments after it
    life.py      what became of it as of a time: state, outcome, made good
    ledger.py    a customer's promises, evolved by placed events
"""
