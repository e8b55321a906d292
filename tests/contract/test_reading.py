"""What a record may look like and what is made of it: the rules of the envelope, one by one."""

from datetime import UTC, datetime

import pytest

from shared.event_log.wire import LARGEST_RECORD, Unreadable, decode, encode
from shared.events import ContactConnected, PreferenceSet, PromiseMade, UnknownEvent
from tests.contract.examples import Json, Place, dropped, example, put, written


def refusal(event: Json) -> Unreadable:
    with pytest.raises(Unreadable) as refused:
        decode(written(event))
    return refused.value


def test_times_become_utc_with_microseconds() -> None:
    event = decode(written(put(example("contact.started"), ("time",), "2026-03-02T10:12:05.1234569+09:00")))

    assert event.time == datetime(2026, 3, 2, 1, 12, 5, 123456, tzinfo=UTC)
    assert event.time.tzinfo is UTC


@pytest.mark.parametrize(
    ("text", "says"),
    [("2026-02-30T01:12:05Z", "date and time that exists"), ("2200-01-01T00:00:00Z", "between 1970 and 2199")],
)
def test_a_refused_time_says_what_to_mend(text: str, says: str) -> None:
    [problem] = refusal(put(example("contact.started"), ("time",), text)).problems
    assert says in problem["detail"]


@pytest.mark.parametrize(
    "text",
    ["2026-03-02T01:12:05", "2026-03-02", "1772413925", "2026-02-30T01:12:05Z", "1969-12-31T23:59:59Z",
     "2200-01-01T00:00:00Z", "2199-12-31T23:59:59-00:01", "0001-01-01T00:00:00+23:59", "٢٠٢٦-03-02T01:12:05Z"],
)  # fmt: skip
def test_times_without_offset_or_outside_of_our_centuries_are_refused(text: str) -> None:
    refused = refusal(put(example("contact.started"), ("time",), text))

    assert refused.code == "schema"
    assert [problem["pointer"] for problem in refused.problems] == ["/time"]


@pytest.mark.parametrize("customer_id", ["7K3M9QX2C", "crm:4711", "a.b_c-d:e", "x" * 64])
def test_customer_ids_of_other_systems_are_kept(customer_id: str) -> None:
    assert decode(written(put(example("contact.started"), ("subject",), customer_id))).customer_id == customer_id


@pytest.mark.parametrize("customer_id", ["", "x" * 65, "a b", "客", "a\n", "a/b", None, 5])
def test_other_customer_ids_are_refused(customer_id: Json) -> None:
    assert refusal(put(example("contact.started"), ("subject",), customer_id)).code == "schema"


def test_unknown_fields_are_ignored() -> None:
    event = put(put(example("contact.connected"), ("data", "mood"), "calm"), ("vendorext",), 7)

    assert decode(written(event)) == decode(written(example("contact.connected")))


def test_optional_fields_may_be_null() -> None:
    event = decode(written(put(example("promise.made"), ("data", "wording"), None)))

    assert isinstance(event, PromiseMade)
    assert event.data.wording is None
    assert b"null" not in encode(event)


def test_a_whole_number_may_be_written_with_a_fraction_of_zero() -> None:
    event = put(example("promise.missed"), ("data", "attempts_outside"), 1.0)

    assert decode(written(event)) == decode(written(example("promise.missed")))


@pytest.mark.parametrize("event_type", ["contact.hummed", "weather.changed"])
def test_unknown_types_are_events_too(event_type: str) -> None:
    event = decode(written(put(put(example("contact.started"), ("type",), event_type), ("data",), {"a": [1, None]})))

    assert isinstance(event, UnknownEvent)
    assert event.type == event_type
    assert event.data == {"a": [1, None]}


def test_an_unknown_type_needs_no_data_and_no_schema() -> None:
    event = decode(written({key: text for key, text in example("contact.started").items()
                            if key in {"specversion", "id", "source", "subject", "time"}} | {"type": "x"}))  # fmt: skip

    assert (event.data, event.dataschema, event.datacontenttype) == (None, None, "application/json")


def test_the_schema_of_a_known_type_is_ours_when_nothing_else_is_said() -> None:
    event = decode(written(dropped(dropped(example("contact.connected"), ("dataschema",)), ("datacontenttype",))))

    assert event.dataschema == "urn:ashiato:schema:contact.connected:v1"
    assert event.datacontenttype == "application/json"


def test_corrections_name_their_target() -> None:
    event = decode(written(put(example("contact.connected"), ("corrects",), "tel-90233-3")))

    assert event.corrects == "tel-90233-3"
    assert b'"corrects":"tel-90233-3"' in encode(event)


def test_quiet_hours_are_written_from_and_to() -> None:
    event = decode(written(example("preference.set")))

    assert isinstance(event, PreferenceSet)
    assert (event.data.quiet_hours.begins, event.data.quiet_hours.ends) == ("20:00", "09:00")


def test_events_are_frozen() -> None:
    event = decode(written(example("contact.connected")))
    assert isinstance(event, ContactConnected)

    with pytest.raises(ValueError, match="frozen"):
        event.data.desk = "other"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("place", "value"),
    [(("data", "wait_s"), "5"), (("data", "wait_s"), True), (("data", "wait_s"), 1e300), (("data", "wait_s"), -1),
     (("data", "desk"), 5), (("data", "desk"), ""), (("data", "desk"), None), (("data",), []), (("data",), None)],
)  # fmt: skip
def test_nothing_is_coerced(place: Place, value: Json) -> None:
    refused = refusal(put(example("contact.connected"), place, value))

    assert refused.code == "schema"
    assert [problem["pointer"] for problem in refused.problems] == ["/" + "/".join(map(str, place))]


def test_a_refusal_points_at_the_fields_and_repeats_no_value() -> None:
    number = "+12025550171"
    event = put(example("flag.raised"), ("data", "evidence", 1, "id"), [number])
    event = put(event, ("data", "cause", "offset"), number)

    refused = refusal(event)

    assert {problem["pointer"] for problem in refused.problems} == {"/data/evidence/1/id", "/data/cause/offset"}
    assert number not in str(refused)


@pytest.mark.parametrize("name", ["specversion", "id", "source", "type"])
def test_without_an_attribute_that_cloudevents_demands_it_is_no_cloudevent(name: str) -> None:
    refused = refusal(dropped(example("contact.started"), (name,)))

    assert refused.code == "not_cloudevents"
    assert refused.problems == [{"pointer": f"/{name}", "detail": "Field required"}]


@pytest.mark.parametrize("event", [[], 5, None, "text", {}, {"type": 5}])
def test_other_json_is_no_cloudevent(event: Json) -> None:
    assert refusal(event).code == "not_cloudevents"


def test_another_specversion_is_refused() -> None:
    assert refusal(put(example("contact.started"), ("specversion",), "0.3")).code == "not_cloudevents"


@pytest.mark.parametrize(
    "text",
    [b"", b"{", b"\xff", b"\xef\xbb\xbf{}", b'{"a":"\\ud800"}', b'{"a":"\xed\xa0\x80"}', b"[" * 100_000, b"9" * 5000,
     b"{} {}", b"{'a':1}"],
)  # fmt: skip
def test_what_is_no_json_says_so(text: bytes) -> None:
    with pytest.raises(Unreadable) as refused:
        decode(text)
    assert refused.value.code == "not_json"


def test_a_record_without_value_is_refused() -> None:
    with pytest.raises(Unreadable):
        decode(None)


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity"])
@pytest.mark.parametrize("event_type", ["contact.connected", "contact.hummed"])
def test_numbers_that_json_does_not_have_are_refused_wherever_they_are(event_type: str, word: str) -> None:
    event = put(put(example("contact.connected"), ("type",), event_type), ("data", "extra"), "@")

    with pytest.raises(Unreadable) as refused:
        decode(written(event).replace(b'"@"', word.encode()))
    assert refused.value.code == "not_json"


def test_their_names_are_words_like_others() -> None:
    event = decode(written(put(example("contact.connected"), ("data", "desk"), "NaN and -Infinity")))

    assert isinstance(event, ContactConnected)
    assert event.data.desk == "NaN and -Infinity"


def test_records_beyond_the_limit_are_too_large() -> None:
    event = written(example("contact.connected"))
    padded = event + b" " * (LARGEST_RECORD - len(event))

    assert decode(padded) == decode(event)
    with pytest.raises(Unreadable) as refused:
        decode(padded + b" ")
    assert refused.value.code == "too_large"
