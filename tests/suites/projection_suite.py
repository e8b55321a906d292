"""What every projection must do, whatever holds its data. Subclasses give the `projection` fixture: a fresh one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from shared.projection import (
    EVERYTHING,
    AddMembers,
    ByScore,
    CountByScore,
    DropField,
    DropScore,
    DropValue,
    Fenced,
    GetFields,
    GetStatus,
    GetValue,
    HasMembers,
    ListLength,
    ListRange,
    Lost,
    Moved,
    PartitionCountChanged,
    Projection,
    Read,
    Refused,
    SetField,
    SetScore,
    SetValue,
    Splice,
    Write,
)


async def first_save(projection: Projection, *writes: Write, partition: int = 0, next: int = 1) -> str:
    """Claim a partition nothing is known of and save once; the token."""
    claim = await projection.claim(partition)
    await projection.save(partition, claim.token, claim.next, writes, next)
    return claim.token


async def ask(projection: Projection, *reads: Read[Any], partition: int = 0) -> list[Any]:
    return await projection.read(partition, reads)


class FenceSuite:
    """Who may write, and where."""

    async def test_a_new_partition_has_no_position(self, projection: Projection) -> None:
        assert (await projection.claim(0)).next is None

    async def test_a_save_moves_the_position_together_with_the_data(self, projection: Projection) -> None:
        await first_save(projection, SetValue("x", b"1"), next=7)
        assert (await projection.claim(0)).next == 7
        assert await ask(projection, GetValue("x")) == [b"1"]

    async def test_every_claim_has_a_token_of_its_own(self, projection: Projection) -> None:
        assert (await projection.claim(0)).token != (await projection.claim(0)).token

    async def test_an_earlier_owner_is_fenced(self, projection: Projection) -> None:
        zombie = await first_save(projection, SetValue("x", b"old"))
        await projection.claim(0)
        with pytest.raises(Fenced):
            await projection.save(0, zombie, 1, [SetValue("x", b"zombie")], 2)
        assert await ask(projection, GetValue("x")) == [b"old"]

    async def test_an_unexpected_position_is_moved(self, projection: Projection) -> None:
        token = await first_save(projection, next=5)
        with pytest.raises(Moved):
            await projection.save(0, token, 4, [SetValue("x", b"1")], 6)
        with pytest.raises(Moved):
            await projection.save(0, token, None, [SetValue("x", b"1")], 6)
        assert await ask(projection, GetValue("x")) == [None]

    async def test_the_same_save_twice_is_moved_the_second_time(self, projection: Projection) -> None:
        token = await first_save(projection, next=5)
        await projection.save(0, token, 5, [Splice("l", 0, [b"a"])], 6)
        with pytest.raises(Moved):
            await projection.save(0, token, 5, [Splice("l", 0, [b"a"])], 6)
        assert await ask(projection, ListRange("l")) == [[b"a"]]

    async def test_a_wiped_partition_is_lost_to_its_owner_and_empty(self, projection: Projection) -> None:
        token = await first_save(projection, SetValue("x", b"1"), Splice("l", 0, [b"a"]))
        await projection.wipe(0)
        with pytest.raises(Lost):
            await projection.save(0, token, 1, [], 2)
        assert await ask(projection, GetValue("x"), ListRange("l")) == [None, []]
        assert (await projection.claim(0)).next is None

    async def test_a_partition_never_claimed_is_lost(self, projection: Projection) -> None:
        with pytest.raises(Lost):
            await projection.save(0, "nobody", None, [], 1)

    async def test_a_claim_without_a_save_leaves_the_partition_without_a_position(self, projection: Projection) -> None:
        token = await first_save(projection)
        await projection.wipe(0)
        claim = await projection.claim(0)
        with pytest.raises(Fenced):
            await projection.save(0, token, 1, [], 2)
        with pytest.raises(Lost):
            await projection.save(0, claim.token, 1, [], 2)
        await projection.save(0, claim.token, None, [], 2)

    async def test_a_save_that_moves_nothing_still_writes(self, projection: Projection) -> None:
        token = await first_save(projection, next=5)
        await projection.save(0, token, 5, [SetValue("x", b"1")], 5)
        assert await ask(projection, GetValue("x")) == [b"1"]

    async def test_a_position_cannot_go_back(self, projection: Projection) -> None:
        token = await first_save(projection, next=5)
        with pytest.raises(ValueError, match="cannot go back"):
            await projection.save(0, token, 5, [], 4)

    async def test_positions_beyond_the_precision_of_a_double_stay_exact(self, projection: Projection) -> None:
        token = await first_save(projection, next=2**53 + 1)
        await projection.save(0, token, 2**53 + 1, [], 2**62 + 1)
        assert (await projection.claim(0)).next == 2**62 + 1

    async def test_partitions_do_not_see_each_other(self, projection: Projection) -> None:
        await first_save(projection, SetValue("x", b"0"), partition=0)
        await first_save(projection, SetValue("x", b"1"), partition=1)
        await projection.wipe(0)
        assert await ask(projection, GetValue("x"), partition=0) == [None]
        assert await ask(projection, GetValue("x"), partition=1) == [b"1"]

    async def test_another_partition_count_is_refused(self, projection: Projection) -> None:
        await projection.remember_partitions(4)
        await projection.remember_partitions(4)
        with pytest.raises(PartitionCountChanged) as refusal:
            await projection.remember_partitions(8)
        assert (refusal.value.remembered, refusal.value.found) == (4, 8)


class BeatSuite:
    async def test_a_beat_shows_in_the_status_beside_the_position(self, projection: Projection) -> None:
        token = await first_save(projection, next=5)
        await projection.beat(0, token, 5, {"end": "9", "state": "live"})
        await projection.beat(0, token, 5, {"end": "10"})
        status = {"next": "5", "end": "10", "state": "live"}
        assert await projection.status(0) == status
        assert await ask(projection, GetStatus(), GetValue("x")) == [status, None]

    async def test_a_beat_before_the_first_save_gives_no_position(self, projection: Projection) -> None:
        claim = await projection.claim(0)
        await projection.beat(0, claim.token, None, {"state": "rebuilding"})
        assert await projection.status(0) == {"state": "rebuilding"}
        assert (await projection.claim(0)).next is None

    async def test_nothing_is_known_of_a_new_partition(self, projection: Projection) -> None:
        assert await projection.status(0) == {}

    @pytest.mark.parametrize(
        ("by_owner", "expected", "refusal"), [(False, 1, Fenced), (True, 2, Moved)], ids=["fenced", "moved"]
    )
    async def test_a_beat_is_refused_as_a_save_is(
        self, projection: Projection, by_owner: bool, expected: int, refusal: type[Refused]
    ) -> None:
        own = await first_save(projection)
        with pytest.raises(refusal):
            await projection.beat(0, own if by_owner else "other", expected, {"end": "9"})
        assert await projection.status(0) == {"next": "1"}

    @pytest.mark.parametrize("fields", [{}, {"token": "mine"}, {"next": "0"}])
    async def test_a_beat_cannot_touch_the_fence(self, projection: Projection, fields: dict[str, str]) -> None:
        token = await first_save(projection)
        with pytest.raises(ValueError, match="a beat needs"):
            await projection.beat(0, token, 1, fields)


class ContentSuite:
    """What can be written, and how it reads."""

    async def saved(self, projection: Projection, writes: Sequence[Write], reads: Sequence[Read[Any]]) -> list[Any]:
        await first_save(projection, *writes)
        return await projection.read(0, reads)

    async def test_unwritten_names_answer_with_nothing(self, projection: Projection) -> None:
        reads: list[Read[Any]] = [
            GetValue("x"),
            ListRange("x"),
            ListLength("x"),
            HasMembers("x", (b"m",)),
            ByScore("x"),
            GetFields("x", ("f",)),
        ]
        assert await projection.read(0, reads) == [None, [], 0, [False], [], [None]]
        assert await projection.read(0, []) == []

    async def test_values_hold_any_bytes(self, projection: Projection) -> None:
        odd = bytes(range(256)) + "たらい回し".encode()
        writes = [SetValue("x", odd), SetValue("empty", b""), SetValue("gone", b"1"), DropValue("gone")]
        reads = [GetValue("x"), GetValue("empty"), GetValue("gone")]
        assert await self.saved(projection, writes, reads) == [odd, b"", None]

    async def test_one_name_holds_each_kind_apart(self, projection: Projection) -> None:
        writes = [
            SetValue("x", b"v"),
            Splice("x", 0, [b"l"]),
            AddMembers("x", [b"s"]),
            SetScore("x", b"z", 1),
            SetField("x", "f", b"h"),
            DropValue("x"),
        ]
        reads: list[Read[Any]] = [
            GetValue("x"),
            ListRange("x"),
            HasMembers("x", (b"s", b"v")),
            ByScore("x"),
            GetFields("x", ("f", "g")),
        ]
        assert await self.saved(projection, writes, reads) == [
            None,
            [b"l"],
            [True, False],
            [(b"z", 1.0)],
            [b"h", None],
        ]

    @pytest.mark.parametrize(
        ("drop", "items", "after"),
        [
            (0, [b"d"], [b"a", b"b", b"c", b"d"]),
            (0, [], [b"a", b"b", b"c"]),
            (2, [b"d", b"e"], [b"a", b"d", b"e"]),
            (1, [], [b"a", b"b"]),
            (3, [b"d"], [b"d"]),
            (3, [], []),
            (4, [b"d"], [b"d"]),
            (EVERYTHING, [b"d"], [b"d"]),
        ],
    )
    async def test_a_splice_keeps_the_head_and_replaces_the_tail(
        self, projection: Projection, drop: int, items: list[bytes], after: list[bytes]
    ) -> None:
        writes = [Splice("l", 0, [b"a", b"b", b"c"]), Splice("l", drop, items)]
        assert await self.saved(projection, writes, [ListRange("l")]) == [after]

    @pytest.mark.parametrize(
        ("start", "stop", "found"),
        [(0, -1, b"abcd"), (1, 2, b"bc"), (-2, -1, b"cd"), (-9, 0, b"a"), (2, 99, b"cd"), (3, 1, b""), (9, 12, b"")],
    )
    async def test_a_range_includes_both_ends(
        self, projection: Projection, start: int, stop: int, found: bytes
    ) -> None:
        writes = [Splice("l", 0, [b"a", b"b", b"c", b"d"])]
        assert await self.saved(projection, writes, [ListRange("l", start, stop)]) == [[bytes([one]) for one in found]]

    async def test_a_refold_may_rewrite_a_very_long_tail(self, projection: Projection) -> None:
        items = [b"%d" % number for number in range(20_000)]
        writes = [Splice("l", 0, items), Splice("l", 19_995, items), AddMembers("s", items)]
        reads: list[Read[Any]] = [ListLength("l"), ListRange("l", -1, -1), HasMembers("s", (*items, b"none"))]
        length, last, members = await self.saved(projection, writes, reads)
        assert (length, last) == (20_005, [b"19999"])
        assert members == [True] * 20_000 + [False]

    async def test_scores_rank_by_score_then_by_member(self, projection: Projection) -> None:
        writes = [
            SetScore("z", b"b", 1),
            SetScore("z", b"a", 1),
            SetScore("z", b"c", -2.5),
            SetScore("z", b"moved", 0),
            SetScore("z", b"moved", 1_800_000_000.123456),
            SetScore("z", b"gone", 5),
            DropScore("z", b"gone"),
            DropScore("z", b"never"),
        ]
        reads = [ByScore("z"), ByScore("z", 0, 1), ByScore("z", offset=1, limit=2), ByScore("z", limit=0)]
        everything = [(b"c", -2.5), (b"a", 1.0), (b"b", 1.0), (b"moved", 1_800_000_000.123456)]
        assert await self.saved(projection, writes, reads) == [everything, everything[1:3], everything[1:3], []]
        counts = [CountByScore("z"), CountByScore("z", 0, 1), CountByScore("z", 2, 1), CountByScore("never")]
        assert await projection.read(0, counts) == [4, 2, 0, 0]

    async def test_fields_are_set_and_dropped_one_by_one(self, projection: Projection) -> None:
        writes = [SetField("h", "a", b"1"), SetField("h", "b", b"2"), SetField("h", "a", b"3"), DropField("h", "b")]
        assert await self.saved(projection, writes, [GetFields("h", ("a", "b"))]) == [[b"3", None]]

    async def test_nothing_asked_of_a_set_or_a_hash_answers_with_nothing(self, projection: Projection) -> None:
        writes = [AddMembers("s", []), AddMembers("s", [b"m"]), SetField("h", "f", b"1")]
        reads: list[Read[Any]] = [HasMembers("s", ()), GetFields("h", ())]
        assert await self.saved(projection, writes, reads) == [[], []]


class ProjectionSuite(FenceSuite, BeatSuite, ContentSuite):
    """All of it."""
