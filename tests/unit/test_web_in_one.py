"""An answer's head and body leave in one write, and nothing stays behind."""

import asyncio
from typing import Any, cast

from shared.web.in_one import InOne


class Wire:
    """A transport that remembers."""

    def __init__(self) -> None:
        self.done: list[bytes | str] = []

    def write(self, data: bytes) -> None:
        self.done.append(data)

    def close(self) -> None:
        self.done.append("closed")

    def is_closing(self) -> bool:
        return "closed" in self.done


def on(wire: Wire) -> InOne:
    return InOne(cast(Any, wire), asyncio.get_running_loop())


async def test_what_is_written_until_it_is_flushed_leaves_together() -> None:
    wire = Wire()
    answers = on(wire)
    answers.write(b"head ")
    answers.write(b"body")
    assert wire.done == []
    answers.flush()
    answers.flush()
    assert wire.done == [b"head body"]


async def test_what_nobody_flushes_leaves_at_the_next_turn() -> None:
    wire = Wire()
    on(wire).write(b"100 Continue")
    await asyncio.sleep(0)
    assert wire.done == [b"100 Continue"]


async def test_each_answer_leaves_once() -> None:
    wire = Wire()
    answers = on(wire)
    for text in (b"first", b"second"):
        answers.write(text)
        answers.flush()
    await asyncio.sleep(0)
    assert wire.done == [b"first", b"second"]


async def test_what_is_held_leaves_before_the_connection_closes() -> None:
    wire = Wire()
    answers = on(wire)
    answers.write(b"the last")
    answers.close()
    assert wire.done == [b"the last", "closed"]
    assert answers.is_closing()
