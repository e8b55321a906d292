"""Keys of machines: made and revoked on the command line, asked for at the front door."""

from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.routing.settings import RoutingSettings
from shared.access import NotGood, Scope
from shared.access.api_keys import (
    MOST_LIVE,
    PREFIX,
    ApiKey,
    KeyFile,
    Wanted,
    known_key,
    new_key,
    read_key_file,
    write_key_file,
)
from shared.settings import SettingsError
from shared.web.access import gate_of
from tests import front_door
from tests.guarded import asking, routing_app
from tests.histories.builders import DAY, moment
from tests.unit.cli_world import NOW, Outside, problem

WANTED = Wanted("pbx", (Scope.EVENTS_WRITE,), ("urn:example:pbx",), moment(DAY))


def a_key(**changed: object) -> tuple[ApiKey, str]:
    key, text = new_key(WANTED, moment(0))
    fields = {name: getattr(key, name) for name in key.__struct_fields__}
    return ApiKey(**{**fields, **changed}), text


def test_a_key_says_whose_it_is_and_what_it_allows() -> None:
    key, text = a_key()
    caller = known_key(text, [key], moment(0))
    assert (caller.name, caller.scopes) == ("key:pbx", frozenset({Scope.EVENTS_WRITE}))
    assert caller.may_write("urn:example:pbx:1")
    assert not caller.may_write("urn:example:crm")
    assert not caller.desks


def test_the_file_does_not_hold_what_opens_the_door() -> None:
    key, text = a_key()
    secret = text.split("_", 2)[2]
    assert len(secret) >= 32
    assert secret not in repr(key)
    assert text.startswith(f"{PREFIX}{key.id}_")


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"revoked_at": moment(0)}, "key_revoked"),
        ({"not_after": moment(0)}, "key_expired"),
        ({"hash": "0" * 64}, "key"),
        ({"id": "another"}, "key"),
    ],
)
def test_a_key_that_is_good_no_more_is_refused(changed: dict[str, object], why: str) -> None:
    key, text = a_key(**changed)
    with pytest.raises(NotGood, match=f"^{why}$"):
        known_key(text, [key], moment(0))


@given(st.text(max_size=200))
def test_nothing_else_opens(text: str) -> None:
    key, good = a_key()
    with pytest.raises(NotGood):
        known_key(text if text != good else "", [key], moment(0))


@given(st.integers(0, 200), st.characters(codec="ascii"))
def test_every_symbol_counts(place: int, symbol: str) -> None:
    key, good = a_key()
    place %= len(good)
    other = good[:place] + symbol + good[place + 1 :]
    if other == good or place < len(PREFIX):  # a text that does not begin so is taken for a token
        return
    with pytest.raises(NotGood):
        known_key(other, [key], moment(0))


def created(outside: Outside, file: Path, producer: str = "pbx", *more: str) -> str:
    source = ("--source", "urn:example:pbx")
    assert (
        outside.ashiato("keys", "create", producer, "--scope", "events:write", *source, "--file", str(file), *more) == 0
    )
    return outside.out.strip()


def keys_of(outside: Outside, file: Path) -> list[dict[str, object]]:
    assert outside.ashiato("keys", "list", "--file", str(file), "--json") == 0
    return outside.lines


def test_a_key_is_shown_once(tmp_path: Path) -> None:
    outside, file = Outside(), tmp_path / "keys.json"
    text = created(outside, file)
    [key] = keys_of(outside, file)
    assert (key["producer"], key["state"], key["scopes"], key["sources"]) == (
        "pbx",
        "live",
        ["events:write"],
        ["urn:example:pbx"],
    )
    assert text.split("_", 2)[2] not in file.read_text() + outside.out
    assert known_key(text, read_key_file(file.read_bytes()).keys, NOW).name == "key:pbx"
    assert file.stat().st_mode & 0o077 == 0
    assert [one.name for one in tmp_path.iterdir()] == ["keys.json"]


def test_two_keys_overlap_and_a_third_has_to_wait(tmp_path: Path) -> None:
    outside, file = Outside(), tmp_path / "keys.json"
    for _ in range(MOST_LIVE):
        created(outside, file)
    assert outside.ashiato("keys", "create", "pbx", "--scope", "flags:read", "--file", str(file)) == 2
    assert "revoke one first" in outside.err
    first = str(keys_of(outside, file)[0]["id"])
    assert outside.ashiato("keys", "revoke", first, "--file", str(file)) == 0
    created(outside, file)
    assert [key["state"] for key in keys_of(outside, file)] == ["revoked", "live", "live"]
    created(outside, file, "crm")


def test_revoking_twice_changes_nothing(tmp_path: Path) -> None:
    outside, file = Outside(), tmp_path / "keys.json"
    created(outside, file)
    key_id = str(keys_of(outside, file)[0]["id"])
    for _ in range(2):
        assert outside.ashiato("keys", "revoke", key_id, "--file", str(file)) == 0
    assert outside.ashiato("keys", "revoke", "made-up", "--file", str(file)) == 1


def test_keys_are_listed_for_people(tmp_path: Path) -> None:
    outside, file = Outside(), tmp_path / "keys.json"
    created(outside, file, "pbx", "--days", "30")
    assert outside.ashiato("keys", "list", "--file", str(file)) == 0
    assert f"live     until {NOW + timedelta(days=30):%Y-%m-%d}  pbx: events:write of urn:example:pbx" in outside.out


@pytest.mark.parametrize(
    "arguments",
    [
        ["create", "pbx"],
        ["create", "pbx", "--scope", "everything"],
        ["create", "pbx", "--scope", "events:write"],
        ["create", "", "--scope", "flags:read"],
        ["create", "pbx", "--scope", "flags:read", "--days", "0"],
        ["list"],
    ],
)
def test_bad_usage_is_told_in_a_line(tmp_path: Path, arguments: list[str]) -> None:
    outside = Outside()
    assert outside.ashiato("keys", *arguments) == 2
    assert len(outside.err.splitlines()) == 1


@pytest.mark.parametrize("content", [b"", b"{", b'{"keys": 1}', b'{"keys": [{"id": "x"}]}', b'{"key": []}'])
def test_a_file_that_is_none_of_keys_is_left_alone(tmp_path: Path, content: bytes) -> None:
    outside, file = Outside(), tmp_path / "keys.json"
    file.write_bytes(content)
    assert outside.ashiato("keys", "create", "pbx", "--scope", "flags:read", "--file", str(file)) == 2
    assert file.read_bytes() == content
    with pytest.raises(SettingsError, match="ASHIATO_ACCESS"):
        gate_of(RoutingSettings(access_keys=file))


def test_a_list_of_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert Outside().ashiato("keys", "list", "--file", str(tmp_path / "none")) == 2


async def test_a_producer_writes_with_its_key_until_it_is_revoked(tmp_path: Path) -> None:
    file, log = tmp_path / "keys.json", front_door.a_log()
    key, text = new_key(
        Wanted("pbx", (Scope.EVENTS_WRITE,), ("urn:example:pbx",), front_door.NOW + DAY), front_door.NOW
    )
    file.write_bytes(write_key_file(KeyFile((key,))))
    app = routing_app(log, access_keys=file)
    async with asking(app, text) as client:
        good = await front_door.post(client, front_door.written(front_door.an_event()))
        foreign = await front_door.post(client, front_door.written(front_door.an_event(source="urn:example:crm")))
        token = await client.post("/events", headers={"Authorization": "Bearer a.b.c"})
    assert (good.status_code, foreign.status_code, token.status_code) == (202, 422, 401)
    assert len(front_door.values(log)) == 1


def test_an_empty_file_of_keys_lets_nobody_in() -> None:
    with pytest.raises(NotGood):
        known_key(f"{PREFIX}x_y", KeyFile().keys, NOW)


def test_the_command_line_says_who_asks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("a.b.c\n")
    monkeypatch.setenv("ASHIATO_TOKEN_FILE", str(file))
    outside = Outside(answers={("journey", "/flags"): httpx.Response(200, json={"items": [], "next": None})})
    assert outside.ashiato("flags") == 0
    monkeypatch.setenv("ASHIATO_TOKEN", "d.e.f")
    assert outside.ashiato("flags") == 0
    assert [request.headers["Authorization"] for request in outside.asked] == ["Bearer a.b.c", "Bearer d.e.f"]


@pytest.mark.parametrize("content", [None, b"\xff", "あ".encode()])
def test_a_token_that_is_none_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "token"
    if content is not None:
        file.write_bytes(content)
    monkeypatch.setenv("ASHIATO_TOKEN_FILE", str(file))
    outside = Outside()
    assert outside.ashiato("flags") == 2
    assert "ASHIATO_TOKEN" in outside.err


def test_who_is_not_let_in_hears_what_to_set() -> None:
    outside = Outside(answers={("journey", "/flags"): problem(401, "Bring an access token")})
    assert outside.ashiato("flags") == 1
    assert "ASHIATO_TOKEN" in outside.err


def test_words_of_another_desk_are_shown_as_withheld() -> None:
    entry = {
        "event": {"type": "issue.resolved", "time": "2026-03-02T09:00:00Z", "data": {"confirmed_by": "agent"}},
        "withheld": ["resolution"],
    }
    page = {"customer_id": "c-1", "items": [entry], "next": None}
    outside = Outside(answers={("journey", "/journeys/c-1/events"): httpx.Response(200, json=page)})
    assert outside.ashiato("journey", "c-1", "--all") == 0
    assert "resolved, says the agent: (another desk's words)" in outside.out
