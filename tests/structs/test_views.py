"""Views against the columns of the same text: the same value, or the same reason."""

import datetime as dt
import importlib
import json
import pkgutil
from types import SimpleNamespace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from test_eventbridge import EVENT

import lambdarrow
import lambdarrow.events
from lambdarrow import eventbridge, sqs
from lambdarrow.events._base import Event

TIMES = st.one_of(
    st.datetimes(timezones=st.sampled_from([dt.UTC, dt.timezone(dt.timedelta(hours=-8)),
                                            dt.timezone(dt.timedelta(hours=5, minutes=30))])).flatmap(
        lambda at: st.sampled_from([at.isoformat(), at.isoformat(" ", "seconds"), at.replace(tzinfo=None).isoformat(),
                                    at.strftime("%Y-%m-%dT%H:%M:%S%z"), at.isoformat(timespec="minutes"),
                                    at.strftime("%G-W%V-%uT%H:%M:%SZ"), at.strftime("%Y%m%dT%H%M%SZ")])),
    st.from_regex(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d([.,]\d{1,9})?)?(Z|z|[+-]\d\d(:?\d\d)?)?", fullmatch=True),
    st.text(max_size=12),
)


def seen(look):
    try:
        return look()
    except lambdarrow.DecodeError as error:
        return error.reason
    except OverflowError:
        return "out_of_range"   # a column holds times that datetime does not


@given(TIMES)
@example("2024-02-29T24:00:00Z")
@example("2024-02-17T11:53:08.431000000Z")
@example("0001-01-01T00:00:00+01:00")
def test_iso(text):
    raw = json.dumps(EVENT | {"time": text})
    view = seen(lambda: lambdarrow.decode(raw).time)
    column = seen(lambda: eventbridge.to_arrow(raw)["time"].to_pylist()[0])
    if column == "not_exact" and isinstance(view, dt.datetime):
        return      # the column has seconds, a datetime microseconds
    assert view == column
    if isinstance(view, dt.datetime):
        assert view.utcoffset() == dt.datetime.fromisoformat(text.upper()).utcoffset()


@given(st.one_of(st.integers().map(str), st.text("0123456789.-+eE _", max_size=12), st.text(max_size=4),
                 st.decimals(allow_nan=False, allow_infinity=False).map(str)))
@example("1706744399999")
@example("9" * 18)
@example("٣")
def test_milliseconds_and_integers_that_are_text(text):
    raw = json.dumps({"Records": [{
        "messageId": "1", "receiptHandle": "r", "body": "", "messageAttributes": {}, "eventSource": "aws:sqs",
        "attributes": {"SentTimestamp": text, "ApproximateReceiveCount": text}}]})
    attributes = lambdarrow.decode(raw).records[0].attributes

    def column(name):
        return sqs.to_arrow(raw, columns=[name])[name].to_pylist()[0]

    assert seen(lambda: attributes.sent_timestamp) == seen(lambda: column("sent_timestamp"))
    count = seen(lambda: attributes.approximate_receive_count)
    of_column = seen(lambda: column("approximate_receive_count"))
    assert count == of_column or (of_column == "out_of_range" and isinstance(count, int) and abs(count) >= 1 << 31)


@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(1 << 63), (1 << 63) - 1) |
       st.decimals("0", "4102444800", places=3).map(float))
@example(72057594038.125)
@example(34359738368.38281)
@example(-34359738368.38281)
@example(1e300)
def test_seconds(number):
    change = {"ApproximateCreationDateTime": number}
    raw = json.dumps({"Records": [{"eventSource": "aws:dynamodb", "dynamodb": change}]})
    view = seen(lambda: lambdarrow.decode(raw).records[0].dynamodb.approximate_creation_date_time)
    name = "approximate_creation_date_time"
    column = seen(lambda: lambdarrow.dynamodb.to_arrow(raw, columns=[name])[name].to_pylist()[0])
    # What is finer than a microsecond is rounded: the double that msgspec makes of it has lost its digits already.
    assert view == column or column == "not_exact"


def structs():
    """All Structs of events that are written down in a module."""
    modules = [importlib.import_module(f"lambdarrow.events.{module.name}")
               for module in pkgutil.iter_modules(lambdarrow.events.__path__)]
    found = {value for module in modules for value in vars(module).values()
             if isinstance(value, type) and issubclass(value, Event)}
    return sorted(found, key=lambda struct: (struct.__module__, struct.__name__))


@pytest.mark.parametrize("struct", structs(), ids=lambda struct: f"{struct.__module__[18:]}.{struct.__name__}")
def test_what_is_wrong_has_the_path_of_its_own_field(struct):
    wire = dict(zip(struct.__struct_fields__, struct.__struct_encode_fields__, strict=True))
    for name in dir(struct):
        view = getattr(struct, name)
        for bad in ("no such thing", 10**30) if isinstance(view, property) and f"{name}_raw" in wire else ():
            try:
                view.fget(SimpleNamespace(**{f"{name}_raw": bad}))
            except lambdarrow.DecodeError as error:
                path = error.path
            except (AttributeError, TypeError):
                continue    # not of this type on the wire
            else:
                continue
            assert path.split(" ")[0].split("[")[0] == f"$.{wire[f'{name}_raw']}", name
