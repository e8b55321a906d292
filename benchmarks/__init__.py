"""How fast, beside what others would pick instead, and where the time goes. `python -m benchmarks --help`.

    events.py          the workload: contacts of customers, 370 bytes an event
    stack.py           a private Kafka, Valkey and our own processes, on free ports
    loading.py         events onto a topic; topics made anew between repetitions
    progress.py        a worker's progress, seen from outside: positions in Redis
    track.py           the same over time: rates within a window, how long a partition stood still
    contest.py         the same events for everybody, and whether everybody has done the work
    contestants.py     how each engine is run; environment.py: what they run on, fetched when first asked for
    processor.py       CPU time and memory of processes
    figures.py         samples, medians, ranges, ratios, and the JSON they are kept in
    machine.py         what it all ran on
    report.py          docs/performance.md from the JSON; plots.py: its pictures

A benchmark is a module with `run(bench) -> Outcome`; `__main__.py` lists them.
What runs in processes of its own is in peers/ (others' engines) and drivers/ (those who send and ask).
"""
