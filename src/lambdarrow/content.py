"""Content that is no event: a file or an object of lines, of JSON values one behind the other, compressed or not, read
by the words that read payloads: ``content.to_arrow(data, payload=lambdarrow.auto(lambdarrow.lines(Click)))``.

Column: ``data``, of the payload's type; ``flatten=True`` makes its fields the columns. Where the payload makes rows
(``lines``, ``json_sequence``, ``delimited``), each of them is what can fail under ``on_error``; else it is the whole.
"""

from . import _decoder
from ._source import Source
from .schema import BYTE_WORDS, ROW_WORDS, Field, fork, plain_bytes

__all__ = ["SOURCE", "Decoder", "to_arrow"]

TYPE_CHECKING = False  # typing costs a cold start 4 ms; type checkers read this name as true
if TYPE_CHECKING:
    from typing import Unpack

    from ._types import Options, ToArrow
    from .schema import Word


def _envelope(payload: "Word") -> "Word":
    return fork(Field(None, payload, "data"))


def _units(word: "Word") -> "Word":
    """The word with the rows that it makes first as what can fail."""
    if word.op in ROW_WORDS and "unit" in word.options:
        return word.but(unit=True)
    if word.op in BYTE_WORDS and len(word.children) == 1:
        return word.but(children=(_units(word.children[0]),))
    return word


SOURCE = Source("content", _envelope, payload="data", bare=plain_bytes(), layer=_units, columns=("data",))


class Decoder(_decoder.Decoder):
    __doc__ = _decoder.Decoder.__doc__
    __slots__ = ()

    def __init__(self, **options: "Unpack[Options]") -> None:
        super().__init__(SOURCE, **options)


to_arrow: "ToArrow" = _decoder.front(Decoder)
