"""The answer to a batch as a Struct."""

import json

import msgspec
import orjson
import pytest

from lambdarrow import testing
from lambdarrow.events import BatchResponse, eventbridge
from lambdarrow.events.responses import Offset

KAFKA = {"batchItemFailures": [{"itemIdentifier": {"partition": "t-0", "offset": 5}}]}


@pytest.mark.parametrize("made, wanted", [
    (BatchResponse.of(), {"batchItemFailures": []}),
    (BatchResponse.of("1", "2"), {"batchItemFailures": [{"itemIdentifier": "1"}, {"itemIdentifier": "2"}]}),
    (BatchResponse.of("1", state={"n": 1}), {"batchItemFailures": [{"itemIdentifier": "1"}], "state": {"n": 1}}),
    (BatchResponse.of(Offset(partition="t-0", offset=5)), KAFKA),
])
def test_what_is_written(made, wanted):
    assert made.to_dict() == wanted == json.loads(msgspec.json.encode(made))
    assert json.loads(orjson.dumps(made.to_dict())) == wanted
    assert msgspec.json.decode(json.dumps(wanted), type=BatchResponse) == made


class Order(msgspec.Struct):
    n: int


def test_details_by_their_type():
    types = {"Order Placed": Order, "Counted": int}
    placed = testing.event("eventbridge", detail={"n": 1}, detail_type="Order Placed", source="shop")
    assert eventbridge.decode(placed, types).detail == Order(1)
    assert eventbridge.decode(json.dumps(placed), types).detail == Order(1)
    other = placed | {"detail-type": "Counted", "detail": 7}
    assert eventbridge.decode(other, types).detail == 7
    assert eventbridge.decode(placed | {"detail-type": "?"}, types).detail == {"n": 1}
    with pytest.raises(ValueError, match=r"\$\.detail"):
        eventbridge.decode(other, {}, Order)
    for broken in (b"", b'{"detail-type":"Order', b"[]"):
        with pytest.raises(ValueError, match="ends|object"):
            eventbridge.decode(broken, types)
