"""What inflates: gzip's members, zlib, and what `auto` knows by its first bytes; with libdeflate and without, beside
Python's gzip and zlib, and cramjam's own compressors."""

import builtins
import gzip
import zlib

import pytest
from engine.plans import b64, decode, records
from hypothesis import example, given
from hypothesis import strategies as st

from lambdarrow import _inflate, schema
from lambdarrow.schema import Field, base64, plain_bytes

FAR = 1 << 28
CONTENT = b"what is inside, " * 40
PLAIN = [None] if _inflate._libdeflate is None else [None, _inflate._libdeflate]


@pytest.fixture(params=PLAIN, ids=["zlib", "libdeflate"][: len(PLAIN)], autouse=True)
def libdeflate(request, monkeypatch):
    monkeypatch.setattr(_inflate, "_libdeflate", request.param)


def oracle(data):
    """All members' content, by zlib alone; None for damage. What follows the last member is ignored."""
    content = b""
    while True:
        member = zlib.decompressobj(31)
        try:
            content += member.decompress(data)
        except zlib.error:
            return None
        if not member.eof:
            return None
        data = member.unused_data
        if data[:3] != b"\x1f\x8b\x08":
            return content


def members(parts):
    """gzip members of pairs of a content and a level; a level beyond 9 is stored with a name and a comment."""
    made = []
    for content, level in parts:
        data = gzip.compress(content, min(level, 9), mtime=0)
        if level > 9:
            data = data[:3] + b"\x18" + data[4:10] + b"name\0comment\0" + data[10:]
        made.append(data)
    return b"".join(made)


parts = st.lists(st.tuples(st.binary(max_size=200) | st.sampled_from([b"", CONTENT, bytes(5000)]), st.integers(0, 10)),
                 min_size=1, max_size=5)
tails = st.sampled_from([b"", b"\0", b"\0" * 100, b"x", b"\x1f", b"\x1f\x8b", b"\xff" * 9]) | st.binary(max_size=12)


@given(parts, tails)
@example([(CONTENT, 6), (CONTENT, 6)], b"")
@example([(CONTENT, 6)], gzip.compress(CONTENT, 6)[-8:])
@example([(CONTENT, 6)], gzip.compress(CONTENT, 6)[-8:] + b"\x1f\x8b\x08")
@example([(b"", 6), (CONTENT, 6)], len(CONTENT).to_bytes(4, "little"))
@example([(CONTENT, 6), (b"", 6)], b"")
def test_members_and_what_follows(parts, tail):
    data = members(parts) + tail
    expected = oracle(data)
    assert tail[:3] == b"\x1f\x8b\x08" or expected == b"".join([content for content, _ in parts])
    assert _inflate.gunzip(data, FAR) == expected
    assert _inflate.decompress(data, FAR) == expected
    if expected and not tail:
        assert expected == gzip.decompress(data)


@given(parts, st.data())
def test_damage_anywhere(parts, data):
    whole = members(parts)
    at = data.draw(st.integers(0, len(whole) - 1))
    for broken in (whole[:at], whole[:at] + bytes([whole[at] ^ (1 << data.draw(st.integers(0, 7)))]) + whole[at + 1:],
                   whole[:at] + whole[at + 1:], whole[:at] + b"\x1f" + whole[at:]):
        # A code that nothing uses may be damaged, which zlib refuses and libdeflate does not look at: length and digest
        # are right all the same.
        allowed = [oracle(broken)]
        if _inflate._libdeflate is not None:
            allowed.append(b"".join([content for content, _ in parts]))
        assert _inflate.gunzip(broken, FAR) in allowed, broken


@given(parts, tails)
def test_the_limit_is_exact(parts, tail):
    data = members(parts) + (b"" if tail[:3] == b"\x1f\x8b\x08" else tail)
    content = b"".join([content for content, _ in parts])
    assert _inflate.gunzip(data, len(content)) == content
    for less in {len(content) - 1, len(content) // 2, 0} - {len(content), -1}:
        assert _inflate.gunzip(data, less) is False


@pytest.mark.parametrize("size", [1 << 18, (1 << 18) + 1, (1 << 18) - 1, 1 << 20, 3_000_001])
def test_contents_as_large_as_the_pieces_they_are_read_by(size):
    content = bytes(range(256)) * (size // 256 + 1)
    content = content[:size]
    for data in (gzip.compress(content, 1), gzip.compress(content[:99]) + gzip.compress(content[99:], 1)):
        assert _inflate.gunzip(data, size) == content
        assert _inflate.gunzip(data, size - 1) is False
    data = zlib.compress(content, 1)
    assert _inflate.unzlib(data, size) == content and _inflate.unzlib(data, size - 1) is False


@given(st.binary(max_size=400), st.integers(0, 9), st.binary(max_size=4), st.data())
def test_zlib(content, level, tail, data):
    stream = zlib.compress(content, level)
    assert _inflate.unzlib(stream, len(content)) == content
    assert _inflate.decompress(stream, len(content)) == content
    if content:
        assert _inflate.unzlib(stream, len(content) - 1) is False
    # It must be all of the data: nothing says where another one begins.
    assert _inflate.unzlib(stream + tail, FAR) == (None if tail else content)
    at = data.draw(st.integers(0, len(stream) - 1))
    assert _inflate.unzlib(stream[:at], FAR) is None
    broken = stream[:at] + bytes([stream[at] ^ 1]) + stream[at + 1:]
    try:
        expected = zlib.decompress(broken)
    except zlib.error:
        expected = None
    assert _inflate.unzlib(broken, FAR) == expected


@pytest.mark.parametrize("empty", [b"", b"\x1f", b"\x1f\x8b\x08", bytes(18), bytes(40), b"\x1f\x8b\x08" + bytes(40)])
def test_no_stream_at_all(empty):
    assert _inflate.gunzip(empty, FAR) is None
    assert _inflate.unzlib(empty, FAR) is None


def test_a_size_of_four_gigabytes_less_is_no_word_to_trust():
    """The trailer counts modulo 2**32, and what stands last may be no trailer."""
    data = gzip.compress(CONTENT)
    for last in (b"\xff\xff\xff\xff", b"\0\0\0\x7f", len(CONTENT).to_bytes(4, "little"), b"\0\0\0\0"):
        assert _inflate.gunzip(data + last, FAR) == CONTENT
        assert _inflate.gunzip(data + last, len(CONTENT)) == CONTENT
        assert _inflate.gunzip(data + last, len(CONTENT) - 1) is False


def test_it_takes_any_bytes():
    data = gzip.compress(CONTENT)
    for kind in (bytes, bytearray, memoryview):
        assert _inflate.gunzip(kind(data), FAR) == CONTENT
        assert _inflate.decompress(kind(data), FAR) == CONTENT
        assert _inflate.decompress(kind(zlib.compress(CONTENT)), FAR) == CONTENT


# --- auto -------------------------------------------------------------------------------------------

AUTO = records(Field("v", base64(schema.auto(plain_bytes()))))


def read(*loads, **options):
    batch = decode(AUTO, [{"v": b64(load)} for load in loads], on_error="collect", **options)
    return batch["v"].to_pylist(), [(failure.index, failure.reason) for failure in batch.failures]


def made(name, content):
    if name == "gzip":
        return gzip.compress(content)
    if name.startswith("zlib"):
        return zlib.compress(content, {"0": 0, "1": 1, "5": 5, "9": 9}[name[-1]])
    return bytes(getattr(pytest.importorskip("cramjam"), name).compress(content))


NAMES = ["gzip", "zlib 0", "zlib 1", "zlib 5", "zlib 9", "zstd", "lz4", "snappy"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("content", [b"", b"x", CONTENT, bytes(3_000_000), bytes(range(256)) * 3000],
                         ids=["empty", "one", "text", "zeros", "all"])
def test_auto_by_the_first_bytes(name, content):
    assert read(made(name, content), content, made(name, content)) == ([content] * 3, [])


@pytest.mark.parametrize("name", NAMES)
def test_the_limit_of_auto_is_exact(name):
    for content in (CONTENT, bytes(3_000_000)):
        data = made(name, content)
        assert _inflate.decompress(data, len(content)) == content
        assert _inflate.decompress(data, len(content) - 1) is False
        assert _inflate.decompress(data, 0) is False
        assert read(data, limits={"max_inflated": len(content)}) == ([content], [])
        assert read(data, limits={"max_inflated": len(content) - 1}) == ([], [(0, "inflated_limit")])
    # One budget for all records of an event.
    data = made(name, CONTENT)
    assert read(data, data, b"plain", data, limits={"max_inflated": 2 * len(CONTENT)}) == (
        [CONTENT, CONTENT, b"plain"], [(3, "inflated_limit")])


@pytest.mark.parametrize("name", NAMES)
def test_damage_of_what_auto_knows(name):
    data = made(name, CONTENT)
    for broken in (data[:-1], data[: len(data) // 2], data[:8]):
        content, failed = read(b"a", broken, b"b")
        # x^ may be text that begins so, and snappy is known by its ten first bytes.
        if name == "zlib 5" or (name == "snappy" and broken == data[:8]):
            assert (content, failed) == ([b"a", broken, b"b"], [])
        else:
            assert (content, failed) == ([b"a", b"b"], [(1, "invalid_compressed")])


@pytest.mark.parametrize("name", ["gzip", "zstd", "lz4", "snappy"])
def test_frames_one_behind_the_other(name):
    """As `zcat`, `zstd -d` and `lz4 -d` read them: all of them."""
    assert read(made(name, CONTENT) + made(name, b"more") + made(name, CONTENT)) == ([CONTENT + b"more" + CONTENT], [])


def test_text_that_begins_as_zlib_may():
    for text in (b"x^2 + y^2", b"x^", b"x", b"x marks", b"(\xb5", b"\x04\"M", b"\xff\x06\0\0sNaPp", b"\x1f",
                 b"PK\x03\x04"):
        assert read(text) == ([text], [])
    stream = zlib.compress(CONTENT, 5)
    assert stream[:2] == b"x^" and read(stream) == ([CONTENT], [])


@pytest.mark.parametrize("name", ["zstd", "lz4", "snappy"])
def test_without_cramjam_the_error_names_it(name, monkeypatch):
    data, known = made(name, CONTENT), builtins.__import__

    def without(module, *rest):
        if module == "cramjam":
            raise ModuleNotFoundError("No module named 'cramjam'", name="cramjam")
        return known(module, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ModuleNotFoundError, match=rf"{name}.*pip install 'lambdarrow\[codecs\]'") as caught:
        read(b"plain", data)
    assert caught.value.name == "cramjam"
    assert read(b"plain", gzip.compress(CONTENT), zlib.compress(CONTENT)) == ([b"plain", CONTENT, CONTENT], [])


@pytest.mark.parametrize("word, data, reason", [
    (schema.gzip, zlib.compress(CONTENT), "invalid_gzip"),
    (schema.gzip, CONTENT, "invalid_gzip"),
    (schema.zlib, gzip.compress(CONTENT), "invalid_compressed"),
    (schema.zlib, CONTENT, "invalid_compressed"),
    (schema.zlib, zlib.compress(CONTENT) + b"\0", "invalid_compressed"),
    (schema.zlib, zlib.compress(CONTENT)[2:-4], "invalid_compressed"),   # raw DEFLATE
    (schema.unzipped, gzip.compress(CONTENT)[:-1], "invalid_gzip"),
])
def test_words_that_know_what_they_want(word, data, reason):
    event = [{"v": b64(data)}, {"v": None}]
    batch = decode(records(Field("v", base64(word(plain_bytes())))), event, on_error="collect")
    assert batch["v"].to_pylist() == [None] and [failure.reason for failure in batch.failures] == [reason]


def test_unzipped_leaves_all_else_as_it_is():
    word = records(Field("v", base64(schema.unzipped(plain_bytes()))))
    loads = [CONTENT, b"", b"\x1f", zlib.compress(CONTENT), gzip.compress(CONTENT), gzip.compress(gzip.compress(b"x"))]
    assert decode(word, [{"v": b64(load)} for load in loads])["v"].to_pylist() == [
        *loads[:4], CONTENT, gzip.compress(b"x")]


def test_words_in_words():
    deep = gzip.compress(zlib.compress(gzip.compress(b'{"a": 5}')))
    word = schema.gzip(schema.zlib(schema.auto({"a": "int64"})))
    event = [{"v": b64(deep)}, {"v": b64(gzip.compress(b"x"))}]
    batch = decode(records(Field("v", base64(word))), event, on_error="collect")
    assert batch["v"].to_pylist() == [{"a": 5}]
    assert batch.failures[0].path.count("→") == 2 and batch.failures[0].reason == "invalid_compressed"
