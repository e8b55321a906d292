"""What journey has already said, so that a second reading of the log stays silent about it.

Beside the data lies how far our own writing on the flags and dead-letters topics is covered by the position. What lies
beyond was said by an owner that got no further than saying it: read on from there when a partition is taken.
Flags carry the offset of their cause. Below the highest cause offset found, M, everything has been said; at M what is
found has been said; above M nothing has. What was heard is covered only once the position has passed M: whoever takes
over before that must hear it again.
"""

from collections.abc import Sequence

import msgspec

from shared.customers.speech import Speech
from shared.event_log.dead_letters import read_dead_letter
from shared.event_log.log import EventLog, Message
from shared.event_log.topics import CONTACT_EVENTS, DEAD_LETTERS, FLAGS
from shared.event_log.wire import decode
from shared.events import FlagRaised, FlagSettled, FlagWithdrawn
from shared.projection import GetValue, SetValue, Write
from shared.stream.lease import Lease

SAID = "said"


class Covered(msgspec.Struct, frozen=True, array_like=True):
    """The offsets up to which our writing is covered by the stored position."""

    flags: int = 0
    dead_letters: int = 0


class Voice:
    def __init__(self, log: EventLog, partition: int, covered: Covered) -> None:
        self._log = log
        self._partition = partition
        self._speech = Speech(log)
        self._covered = self._to_cover = covered
        self._reached = covered  # how far we have heard or said
        self._highest_cause = -1
        self._said_there: set[str] = set()
        self._highest_dead_letter = -1

    @classmethod
    async def hear(cls, log: EventLog, lease: Lease) -> "Voice":
        """Read what was said beyond what the stored position covers."""
        [stored] = await lease.read([GetValue(SAID)])
        voice = cls(log, lease.partition, msgspec.msgpack.decode(stored, type=Covered) if stored else Covered())
        await voice._hear_flags()
        await voice._hear_dead_letters()
        return voice

    def has_said_all_of(self, offset: int) -> bool:
        """Whatever its flags: in a rebuild, nearly always."""
        return offset < self._highest_cause

    def may_say_flag(self, offset: int, event_id: str) -> bool:
        if self.has_said_all_of(offset):
            return False
        return offset > self._highest_cause or event_id not in self._said_there

    def may_set_aside(self, offset: int) -> bool:
        return offset > self._highest_dead_letter

    async def say(self, messages: Sequence[Message], next: int) -> list[Write]:
        """Returns, once all is acknowledged, what to save with the position `next`. Then call `saved`."""
        reached = {FLAGS.name: self._reached.flags, DEAD_LETTERS.name: self._reached.dead_letters}
        for message, offset in zip(messages, await self._speech.say(messages), strict=True):
            reached[message.topic] = max(reached[message.topic], offset + 1)
        self._reached = Covered(reached[FLAGS.name], reached[DEAD_LETTERS.name])
        self._to_cover = Covered(
            flags=self._reached.flags if next > self._highest_cause else self._covered.flags,
            dead_letters=(
                self._reached.dead_letters if next > self._highest_dead_letter else self._covered.dead_letters
            ),
        )
        return [] if self._to_cover == self._covered else [SetValue(SAID, msgspec.msgpack.encode(self._to_cover))]

    def saved(self) -> None:
        self._covered = self._to_cover
        self._speech.saved()

    async def _hear_flags(self) -> None:
        end = await self._log.end_offset(FLAGS.name, self._partition)
        async for records in self._log.read(FLAGS.name, self._partition, self._covered.flags, end):
            for record in records:
                flag = decode(record.value, record.headers, limit=FLAGS.largest_record)
                if isinstance(flag, FlagRaised | FlagSettled | FlagWithdrawn):
                    self._note(flag.data.cause.offset, flag.id)
        self._reached = msgspec.structs.replace(self._reached, flags=max(end, self._covered.flags))

    def _note(self, offset: int, event_id: str) -> None:
        if offset > self._highest_cause:
            self._highest_cause = offset
            self._said_there.clear()
        if offset == self._highest_cause:
            self._said_there.add(event_id)

    async def _hear_dead_letters(self) -> None:
        end = await self._log.end_offset(DEAD_LETTERS.name, self._partition)
        start = self._covered.dead_letters
        async for records in self._log.read(DEAD_LETTERS.name, self._partition, start, end):
            for record in records:
                letter = read_dead_letter(record)
                if letter.topic == CONTACT_EVENTS.name and letter.partition == self._partition:
                    self._highest_dead_letter = max(self._highest_dead_letter, letter.offset)
        self._reached = msgspec.structs.replace(self._reached, dead_letters=max(end, start))
