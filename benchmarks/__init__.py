"""How fast, beside what others would pick instead, and where the time goes. `python -m benchmarks --help`.

    events.py          the workload: contacts of customers, 370 bytes an event
    stack.py           a private Kafka, Valkey and our own processes, on free ports
    loading.py         events onto a topic; topics made anew between repetitions
    progress.py        a worker's progress, seen from outside: positions in Redis
    processor.py       CPU time of processes and threads
    figures.py         samples, medians, ranges, ratios, and the JSON they are kept in
    machine.py         what it all ran on
    report.py          docs/performance.md from the JSON

A benchmark is a module with `run(bench) -> Outcome`: journey_worker, where_time_goes, post_to_visible, look_ups,
memory.
What runs in processes of its own is in peers/ (others' engines) and drivers/ (those who send and ask).
"""
