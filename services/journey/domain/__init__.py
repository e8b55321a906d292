"""What a customer has been through, and which of it somebody should act on.

desks.py           owning desks: sequences of hand-offs, within one issue
ping_pong.py       A B A B
runaround.py       three desks or more (たらい回し)
missed_promise.py  a promise missed and announced, or made good too late
flags.py           standing flags, their severity, and what changed between two states
person.py          situation, preferences, thanks: the person before the problem
journey.py         the state of one customer: evolve, fold
past.py            matters that are over, put away so that the state stays small
picture.py         the whole picture for the agent, as of now
digest.py          what two runs are compared by
handoffs.py        hand-offs and returns, counted
"""
