"""The call-out of the word ``gzip``: RFC 1952, with every member and a limit."""

import zlib

_CHUNK = 1 << 18
_RATIO = 1032  # the most that DEFLATE can shrink: 258 bytes into two bits
_PROBE = 32 << 20


def _is_long(data, limit):
    """Whether the first member goes on beyond the limit, or a probe. An honest bomb says its size (modulo 2**32) in
    its last four bytes, and is refused with little work; but what follows the last member may only
    look like a size, so the word of those bytes is not enough."""
    member = zlib.decompressobj(31)
    left = min(limit + 1, _PROBE)
    try:
        while left > 0 and not member.eof:
            part = member.decompress(data, min(left, _CHUNK))
            left -= len(part)
            data = member.unconsumed_tail
            if not part and not data:
                return False
    except zlib.error:
        return False
    return not member.eof


def gunzip(data, limit):
    """The content of all members; None if the stream is damaged, False if it is over ``limit`` bytes.

    The one-shot functions of zlib and its faster kin silently drop all members but the first, so
    this goes on with what is left: another member where it begins like one; zero padding and
    anything else are ignored, as gzip itself does.
    """
    if len(data) < 18:
        return None
    if limit < int.from_bytes(data[-4:], "little") <= len(data) * _RATIO and _is_long(data, limit):
        return False
    parts = []
    left = limit
    rest = data
    try:
        while True:
            member = zlib.decompressobj(31)
            while not member.eof:
                part = member.decompress(rest, min(left + 1, _CHUNK))
                left -= len(part)
                if left < 0:
                    return False
                if not part and not member.unconsumed_tail and not member.eof:
                    return None
                parts.append(part)
                rest = member.unconsumed_tail
            rest = member.unused_data
            if rest[:3] != b"\x1f\x8b\x08":
                return parts[0] if len(parts) == 1 else b"".join(parts)
    except zlib.error:
        return None
