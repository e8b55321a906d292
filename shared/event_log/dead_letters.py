"""Records set aside: what cannot be applied goes to contact.dead-letters.v1 with the reason, and the log goes on.

DeadLetterError
├── NotADeadLetter            a record on the topic that was not written by `set_aside`
└── DeadLetterLimitReached    so much is bad that something else is wrong: stop instead of setting everything aside
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from shared.event_log.log import Headers, Message, Record, size_of
from shared.event_log.topics import DEAD_LETTERS

_PREFIX = "dead-letter-"
_LONGEST_TEXT = 1_000
# Leaves a quarter of the topic's largest record for frames, and for lz4 on what cannot be compressed.
_ROOM = DEAD_LETTERS.largest_record * 3 // 4


class DeadLetterError(Exception):
    """Anything about records set aside."""


class NotADeadLetter(DeadLetterError):
    """The record lacks the headers that say where it came from."""


class DeadLetterLimitReached(DeadLetterError):
    """Too much is bad. Mend the cause or raise the limit; nothing was skipped."""


class DeadLetter(NamedTuple):
    """topic, partition, offset: where the original is. clipped: `value` is only its beginning; the log has the rest."""

    topic: str
    partition: int
    offset: int
    code: str
    text: str
    key: bytes | None
    value: bytes
    headers: Headers = ()
    clipped: bool = False

    @property
    def id(self) -> str:
        return f"{self.topic}:{self.partition}:{self.offset}"


def set_aside(record: Record, code: str, text: str) -> Message:
    """The message for the dead letter topic: the original's key, headers and bytes, and the reason in headers.

    `code` is a short word for counting; `text` says what to mend and must hold no personal data. The message always
    fits the topic: of a monster (compressed by a foreign producer, far above the limit) only the beginning is kept.
    """
    reason = {
        "id": f"{record.topic}:{record.partition}:{record.offset}",
        "topic": record.topic,
        "partition": str(record.partition),
        "offset": str(record.offset),
        "code": code,
        "text": text[:_LONGEST_TEXT],
    }
    ours = tuple((_PREFIX + name, word.encode(errors="replace")) for name, word in reason.items())
    theirs = tuple(header for header in record.headers if not header[0].startswith(_PREFIX))
    message = Message(DEAD_LETTERS.name, record.key, record.value or b"", (*theirs, *ours))
    return message if size_of(message) <= _ROOM else _clipped(message, ours)


def read_dead_letter(record: Record) -> DeadLetter:
    """The reverse of `set_aside`. Raises NotADeadLetter."""
    ours = {name.removeprefix(_PREFIX): value for name, value in record.headers if name.startswith(_PREFIX)}
    try:
        return DeadLetter(
            topic=ours["topic"].decode(),
            partition=int(ours["partition"]),
            offset=int(ours["offset"]),
            code=ours["code"].decode(),
            text=ours["text"].decode(),
            key=record.key,
            value=record.value or b"",
            headers=tuple(header for header in record.headers if not header[0].startswith(_PREFIX)),
            clipped="clipped" in ours,
        )
    except (KeyError, ValueError) as error:
        where = f"{record.topic}:{record.partition}:{record.offset}"
        raise NotADeadLetter(f"{where} does not say where it came from") from error


def sent_again(letter: DeadLetter) -> Message:
    """The original, for its topic: its key decides the partition. Raises ValueError when only a part of it was kept."""
    if letter.clipped:
        raise ValueError(f"{letter.id} was too large to be kept whole: take it from the log")
    return Message(letter.topic, letter.key, letter.value, letter.headers)


def _clipped(message: Message, ours: Headers) -> Message:
    key = message.key if len(message.key or b"") <= _ROOM // 2 else None
    headers = (*ours, (_PREFIX + "clipped", b"%d" % len(message.value)))
    room = _ROOM - size_of(message._replace(key=key, value=b"", headers=headers))
    return message._replace(key=key, value=message.value[:room], headers=headers)


class DeadLetterCount(NamedTuple):
    """What a limit has seen of one partition since its worker took it; `bad`: which records, counted from the first."""

    seen: int = 0
    bad: tuple[int, ...] = ()
    in_a_row: int = 0


class DeadLetterLimit(NamedTuple):
    """How much may be bad: at most `max_ratio` of `window` records that follow one another, `max_consecutive` in a row.

    None: no such limit. The ratio is a budget of max_ratio * window records, so that the first bad records of a
    partition do not count as 100 %. (After DlqLimit of getsentry/arroyo, whose ratio is over all that was ever seen.)
    """

    max_ratio: float | None = None
    max_consecutive: int | None = None
    window: int = 10_000

    def after(self, count: DeadLetterCount, bad: Iterable[bool]) -> DeadLetterCount:
        """The count after some more records, in order. Raises DeadLetterLimitReached at the one that is too many.

        Pure: a chunk that is tried again starts from the count before it.
        """
        seen, recent, in_a_row = count.seen, list(count.bad), count.in_a_row
        for is_bad in bad:
            seen += 1
            if not is_bad:
                in_a_row = 0
                continue
            in_a_row += 1
            recent = [at for at in recent if at > seen - self.window]
            recent.append(seen)
            self._check(len(recent), in_a_row)
        return DeadLetterCount(seen, tuple(at for at in recent if at > seen - self.window), in_a_row)

    def _check(self, in_window: int, in_a_row: int) -> None:
        if self.max_consecutive is not None and in_a_row > self.max_consecutive:
            raise DeadLetterLimitReached(f"{in_a_row} records in a row cannot be applied, {self.max_consecutive} may")
        if self.max_ratio is not None and in_window > self.max_ratio * self.window:
            raise DeadLetterLimitReached(
                f"{in_window} of the last {self.window} records cannot be applied, {self.max_ratio:.2%} may"
            )
