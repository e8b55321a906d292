"""Break it on purpose, and count what is lost. `python -m tests.chaos --help`; docs/reliability.md says what is shown.

    stories.py      what happens to a round's customers, from a seed
    driver.py       sends it through the front door; notes in a ledger what was acknowledged
    onlooker.py     keeps asking meanwhile, and notes what must never be answered
    faults/         what is broken, and how: one function each, by name; broken_worker.py has a rule that raises
    scene.py        what a fault may lay hands on
    pace.py         how long our processes wait in the rounds
    stage.py        whole systems, kept up from one round to the next
    round.py        drive, strike, wait until all is well, verify
    verifier.py     the log, the topics and the APIs held against the oracle
    outcome.py      what a round found, as one line of JSON
    table.py        the same for people
    report.py       docs/reliability.md from the results

Nothing here looks into Redis or into the code of the services to judge them.
"""
