"""The call-outs of the words ``gzip`` (RFC 1952, with every member), ``zlib`` and ``auto``, all with a limit."""

import zlib

from . import _core

try:
    # libdeflate, where it is installed: twice as fast as zlib.
    import deflate as _libdeflate
except ModuleNotFoundError:
    _libdeflate = None

_MEMBER = b"\x1f\x8b\x08"
_OTHERS = {b"\x28\xb5\x2f\xfd": "zstd", b"\x04\x22\x4d\x18": "lz4", b"\xff\x06\x00\x00sNaPpY": "snappy"}
# What compressed data begins with: gzip, zlib, zstd, lz4 and snappy, the last two in frames.
MAGIC = (_MEMBER[:2], b"x\x01", b"x^", b"x\x9c", b"x\xda", *_OTHERS)
_CHUNK, _PIECE = 1 << 18, 1 << 12
_largest = _CHUNK   # bytes that were inflated at once so far
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
    size = int.from_bytes(data[-4:], "little")
    if limit < size <= len(data) * _RATIO and _is_long(data, limit):
        return False
    if _libdeflate is not None and 0 < size <= min(limit, len(data) * _RATIO):
        content = _single(data, size)
        if content is not None:
            return content
    parts, at, left = [], 0, limit
    view = memoryview(data)
    try:
        while True:
            part, at = _member(view, at, left, 31)
            if part is None or part is False:
                return part
            left -= len(part)
            parts.append(part)
            if view[at:at + 3] != _MEMBER:
                return parts[0] if len(parts) == 1 else b"".join(parts)
    except zlib.error:
        return None


def _member(data, at, limit, window):
    """The content of the stream that begins there, and where it ends; None for the content if it is cut off, False if
    it is over the limit. Raises ``zlib.error``."""
    stream = zlib.decompressobj(window)
    parts, left, size = [], limit, _PIECE
    while not stream.eof:
        # zlib hands back a copy of what it did not take: little by little, so that many small members do not cost
        # their number squared.
        piece = stream.unconsumed_tail
        if not piece:
            piece = data[at:at + size]
            at += len(piece)
            size = min(2 * size, _CHUNK)
            if not piece:
                return None, at
        part = stream.decompress(piece, min(left + 1, _CHUNK))
        left -= len(part)
        if left < 0:
            return False, at
        parts.append(part)
    return b"".join(parts), at - len(stream.unused_data)


def _single(data, size):
    """The content of a stream that is one member, of the size that its end says; None if it is anything else.

    libdeflate checks the first member and drops the rest, so this looks for one: behind the first member stands its
    trailer, and that must be the end.
    """
    global _largest
    if size > _largest:
        # glibc gives free memory back to the system, page by page to be had again, as soon as there is twice as much
        # of it as the largest block that was ever freed: just what inflating takes. Untouched, this costs nothing.
        bytearray(2 * size)
        _largest = size
    try:
        content = _libdeflate.gzip_decompress(data, size)
    except _libdeflate.DeflateError:
        return None
    trailer = bytes(data[-8:])
    if len(content) != size or _libdeflate.crc32(content).to_bytes(4, "little") != trailer[:4]:
        return None
    return content if _core.find(data, trailer + _MEMBER) < 0 else None


def unzlib(data, limit):
    """The content of a zlib stream (RFC 1950), which must be all of the data; None and False as for gzip."""
    try:
        content, end = _member(memoryview(data), 0, limit, 15)
    except zlib.error:
        return None
    return content if content is False or end == len(data) else None


def decompress(data, limit):
    """The content of data that begins with one of ``MAGIC``; None if it is damaged, False if it is over the limit.

    Raises ``ModuleNotFoundError`` where reading it takes a package that is not installed.
    """
    if data[:2] == _MEMBER[:2]:
        return gunzip(data, limit)
    if data[:1] == b"x":
        content = unzlib(data, limit)
        # Text may begin so: "x^2 ...".
        return bytes(data) if content is None and data[:2] == b"x^" else content
    name = next(name for magic, name in _OTHERS.items() if data[:len(magic)] == magic)
    try:
        import cramjam
    except ModuleNotFoundError as error:
        message = f"the payload is compressed by {name}, which takes cramjam: pip install 'lambdarrow[codecs]'"
        raise ModuleNotFoundError(message, name=error.name) from None
    size = min(limit, max(_CHUNK, 8 * len(data)))
    while True:
        content = bytearray(size)
        try:
            n = getattr(cramjam, name).decompress_into(data, content)
        except cramjam.DecompressionError as error:
            if "write whole buffer" not in str(error):
                return None
            if size == limit:
                return False
            size = min(limit, 8 * size)
        else:
            return bytes(memoryview(content)[:n])
