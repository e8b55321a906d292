"""What others would write: short programs in the manner of each engine's own guide, given every fair setting.

Each reads BENCH_TOPIC from its beginning and prints lines of `stopwatch.py` when it has handled BENCH_EVENTS events.
"""
