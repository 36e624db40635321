"""Claim checks: a message whose body lies in S3, and which only says where.

The Extended Clients for SQS and SNS (https://github.com/awslabs/amazon-sqs-java-extended-client-lib) send in its
place ``["software.amazon.payloadoffloading.PayloadS3Pointer", {"s3BucketName": ..., "s3Key": ...}]``; those before
2.0 name ``com.amazon.sqs.javamessaging.MessageS3Pointer``.
"""

from . import _core
from .schema import PLACE, Field, codec, drop, fork, items, magic, parse, skip, struct, text_bytes, utf8

COLUMN = "payload_pointer"
_MARKS = (b'["software.amazon.payloadoffloading.PayloadS3Pointer"', b'["com.amazon.sqs.javamessaging.MessageS3Pointer"')


def claim_check(inner, fetch=None):
    """Bytes that are a pointer, which becomes ``payload_pointer``, or what ``inner`` reads. With ``fetch`` what
    the pointer leads to is read too; without, that is null.
    """
    place = struct((Field("s3BucketName", utf8(nullable=False), "bucket", required=True),
                    Field("s3Key", utf8(nullable=False), "key", required=True)), nullable=False)
    pointer = parse(items(Field(None, skip()), Field(None, place, COLUMN)))
    if fetch is None:
        content = magic(((_MARKS, Field(None, drop())),), Field(None, inner, PLACE))
    else:
        content = codec(inner, _unfetched, refused="invalid_pointer", when=_MARKS)
    return fork(Field(None, magic(((_MARKS, Field(None, pointer, COLUMN)),), Field(None, drop())), COLUMN),
                Field(None, content, PLACE))


def _unfetched(data, limit):
    return None


class Fetching:
    """Fetches what the pointers of an event lead to, all of them by one call of the user's function."""

    def __init__(self, source, fetch, codecs):
        from ._columns import prune
        from ._lower import lower
        from .schema import string

        text = Field(None, text_bytes(size="small"), source.payload)
        root = prune(source.envelope(string(magic(((_MARKS, text),), Field(None, drop())))), (source.payload,), ())
        self.fetch = fetch
        self.codecs = codecs
        self._pointers = _core.Decoder(_core.Plan(lower(root, order=(source.payload,), dialect="plain")), "collect")

    def codecs_of(self, event):
        """The plan's codecs with what this event's pointers lead to."""
        from ._column import Column

        rows = self._pointers.decode(event)
        found = dict.fromkeys(Column(rows, (rows.source.output[0],)).to_pylist())
        found.pop(None, None)
        contents = self._contents(list(found)) if found else {}
        return [(lambda data, limit: contents.get(data)) if one is _unfetched else one for one in self.codecs]

    def _contents(self, texts):
        pointers = {}   # by place, the texts that name it
        for text in texts:
            place = _place_of(text)
            if place is not None:
                pointers.setdefault(place, []).append(text.encode())
        if not pointers:
            return {}
        answers = list(self.fetch(list(pointers)))
        if len(answers) != len(pointers):
            raise ValueError(f"pointer: the function was given {len(pointers)} pointers, and returned {len(answers)}")
        contents = {}
        for (place, named), answer in zip(pointers.items(), answers, strict=True):
            contents.update(dict.fromkeys(named, _as_bytes(answer, place)))
        return contents


def needs_fetching(plan):
    """Whether a lowered plan reads what pointers lead to."""
    return _unfetched in plan.codecs


def _place_of(text):
    """The bucket and the key that a pointer names; None if it is none after all, and its message will fail."""
    import json

    try:
        place = json.loads(text)[1]
        bucket, key = place["s3BucketName"], place["s3Key"]
    except (ValueError, LookupError, TypeError):
        return None
    return (bucket, key) if isinstance(bucket, str) and isinstance(key, str) else None


def _as_bytes(answer, place):
    """What was fetched; None where it was not, for which an exception may stand in the list."""
    if answer is None or isinstance(answer, BaseException):
        return None
    if isinstance(answer, str):
        return answer.encode("utf-8", "surrogatepass")  # what is no UTF-8 then is its message's failure
    if isinstance(answer, (bytes, bytearray, memoryview)):
        return bytes(answer)
    raise TypeError(f"pointer: the function returned {type(answer).__name__} for {place}; it may return bytes, str, "
                    "None or an exception")
