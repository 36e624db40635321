"""The format of the Kinesis Producer Library, written."""

import hashlib

MAGIC = b"\xf3\x89\x9a\xc2"
_VARINT, _BYTES = 0, 2


def _varint(number):
    made = bytearray()
    while number > 0x7F:
        made.append(number & 0x7F | 0x80)
        number >>= 7
    made.append(number)
    return bytes(made)


def _integer(field, number):
    return _varint(field << 3 | _VARINT) + _varint(number)


def _content(field, data):
    return _varint(field << 3 | _BYTES) + _varint(len(data)) + data


def aggregate(records):
    """See :func:`lambdarrow.kinesis.aggregate`."""
    partition_keys, hash_keys, packed = {}, {}, []
    for partition_key, data, *rest in records:
        record = _integer(1, partition_keys.setdefault(partition_key, len(partition_keys)))
        if rest and rest[0] is not None:
            record += _integer(2, hash_keys.setdefault(rest[0], len(hash_keys)))
        packed.append(_content(3, record + _content(3, bytes(data))))
    if not packed:
        raise ValueError("aggregate: no records")
    message = b"".join([*[_content(1, key.encode()) for key in partition_keys],
                        *[_content(2, key.encode()) for key in hash_keys], *packed])
    return MAGIC + message + hashlib.md5(message, usedforsecurity=False).digest()
