"""The call-out of the word ``gzip``: RFC 1952, with every member and a limit."""

import zlib

_CHUNK = 1 << 20


def gunzip(data, limit):
    """The content of all members; None if the stream is damaged, False if it is over ``limit`` bytes.

    The one-shot functions of zlib and its faster kin silently drop all members but the first, so
    this goes on with what is left: another member where it begins like one; zero padding and
    anything else are ignored, as gzip itself does.
    """
    if len(data) < 18:
        return None
    # An honest bomb says so in its last four bytes (the size modulo 2**32): refused before the work.
    if int.from_bytes(data[-4:], "little") > limit and data[-4:].strip(b"\0"):
        single = zlib.decompressobj(31)
        try:
            single.decompress(data, 1)
        except zlib.error:
            return None
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
