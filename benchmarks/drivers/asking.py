"""Look-ups in a closed loop: so many connections, each asks again as soon as it has its answer.

python -m benchmarks.drivers.asking JOURNEY_URL CONNECTIONS SECONDS CUSTOMER...      ASHIATO_TOKEN: who asks, if set
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import Sequence
from typing import Any

import uvloop

from benchmarks.drivers.http import Connections, get


async def main(arguments: Sequence[str]) -> dict[str, Any]:
    url, connections, seconds, *customers = arguments
    took: list[float] = []
    requests = [get(f"/journeys/{customer}", os.environ.get("ASHIATO_TOKEN", "")) for customer in customers]
    async with Connections(url) as pool:
        sizes = [len((await pool.ask(request)).body) for request in requests]
        begun, cpu = time.perf_counter(), time.process_time()
        until = begun + float(seconds)
        await asyncio.gather(*(_ask(pool, requests[n:] + requests[:n], until, took) for n in range(int(connections))))
        elapsed, cpu = time.perf_counter() - begun, time.process_time() - cpu
    return {
        "per_second": len(took) / elapsed,
        "took_ms": took,
        "asked": len(took) + len(sizes),
        "bytes": sum(sizes) / len(sizes),
        "own_cpu_us": cpu / len(took) * 1e6,
    }


async def _ask(pool: Connections, requests: Sequence[bytes], until: float, took: list[float]) -> None:
    while True:
        for request in requests:
            begun = time.perf_counter()
            if begun > until:
                return
            answer = await pool.ask(request)
            if answer.status != 200:
                raise RuntimeError(f"a look-up answered {answer.status}")
            took.append((time.perf_counter() - begun) * 1000)


if __name__ == "__main__":
    print(json.dumps(uvloop.run(main(sys.argv[1:]))), flush=True)
