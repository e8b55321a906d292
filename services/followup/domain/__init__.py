"""What did we promise, and are we late?

cuts.py         contacts that our system cut while the customer waited
owed.py         the callback we owe for such a cut, and its cancellation when we did not owe it after all
clock.py        promise.missed: what is to be announced, and when
obligations.py  the state of one customer: evolve, fold
summary.py      a promise as a supervisor's work list shows it; the report's words
"""
