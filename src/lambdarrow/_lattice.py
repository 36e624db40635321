"""What JSON values have in common: facts gathered place by place, and the type that follows from them.

A :class:`Place` is one place of the payloads (the value of a key, the items of a list). It gathers
facts, which only grow and do not depend on the order in which values come; ``word_of`` turns them
into the word that reads every value seen there:

======================================  ============================================================
``true``, ``false``                     bool
integers                                int64; uint64 if one is beyond int64 and none is negative;
                                        otherwise decimal128(38, 0); json if one has more than 38 digits
numbers with a point or an exponent     float64; json if one is beyond it (``1e400``)
integers and such numbers               float64 if it holds all the integers (±2^53), otherwise json
strings                                 utf8
strings, each a day                     date32, where times are looked for
strings, each a time with its offset    timestamp in the coarsest unit that has a place for each digit
                                        written, where times are looked for; utf8 if an int64 cannot
                                        count that unit to a year seen
arrays                                  list of what their items have in common; of json if there are none
objects                                 struct of all their keys, in order of first appearance; a map, or
                                        json, where the keys are data (``_keys_are_data``)
null, or nothing at all                 json
anything else, such as text and number  json
======================================  ============================================================

Everything is nullable: a sample cannot say that a key will always be there. What the grammar or
Parquet cannot hold is json too: an object that never has a key, one with a NUL in a key (where
Arrow's C interface ends a name), and what nests deeper than ``DEEPEST`` levels.
"""

import re
from datetime import UTC, date, datetime
from math import isinf

from . import schema
from ._type_text import UNITS, fits
from .schema import Field

# Arrow's importers stop at 64 levels and Parquet's reader at 100, of which each list takes three.
DEEPEST = 16

_NULL, _BOOL, _INTEGER, _FLOAT, _BEYOND_FLOAT, _TEXT, _DAY, _TIME, _FAR_TIME, _ARRAY, _OBJECT = (
    1 << bit for bit in range(11)
)
_EXACT_IN_FLOAT = 1 << 53
_DECIMAL_DIGITS = 38

# Of the keys of objects: more are many; more are no struct; keys that are in fewer than one of ten
# objects are rare; more do not fit into the engine's map (limits={"map_keys": ...}).
_MANY, _MOST_FIELDS, _RARE, _MOST_IN_MAP = 200, 1_000, 10, 1 << 20

# A day, and a time with its offset, as the engine reads them (kernels/time.h); the calendar is datetime's.
_DAY_TEXT = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
_CLOCK, _MINUTE = "(?:[01][0-9]|2[0-3])", "[0-5][0-9]"
_TIME_TEXT = re.compile(
    f"{_DAY_TEXT.pattern}[Tt ]{_CLOCK}:{_MINUTE}(?::{_MINUTE}(?:[.]([0-9]+))?)?(?:[Zz]|[+-]{_CLOCK}(?::?{_MINUTE})?)"
)
_NANOSECOND_YEARS = range(1678, 2262)  # whole years whose nanoseconds an int64 counts


class Place:
    """What was seen at one place of the payloads.

    ``seen``: how many values, ``objects`` of them objects. ``kinds``: a bit for each kind of value.
    ``least`` and ``greatest`` of the integers, zero included, which changes no type. ``unit``: of the
    finest time. ``item``: the place of all lists' items. ``keys``: each key's place.
    """

    __slots__ = ("seen", "kinds", "least", "greatest", "unit", "item", "objects", "keys")

    def __init__(self):
        self.seen = self.kinds = self.least = self.greatest = self.unit = self.objects = 0
        self.item = None
        self.keys = {}

    def see(self, value, *, times):
        """Notes a value as json makes it, but that an object is a tuple of its pairs: the engine types
        the earlier of two equal keys too. ``times``: whether strings may be days and times.
        """
        self.seen += 1
        kind = type(value)
        if kind is str:
            kinds, unit = _kind_of_text(value) if times else (_TEXT, 0)
            self.kinds |= kinds
            self.unit = max(self.unit, unit)
        elif kind is tuple:
            self.kinds |= _OBJECT
            self.objects += 1
            for key, inner in value:
                if key not in self.keys:
                    self.keys[key] = Place()
                self.keys[key].see(inner, times=times)
        elif kind is list:
            self.kinds |= _ARRAY
            if value and self.item is None:
                self.item = Place()
            for item in value:
                self.item.see(item, times=times)
        elif kind is int:
            self.kinds |= _INTEGER
            self.least, self.greatest = min(self.least, value), max(self.greatest, value)
        elif kind is float:
            self.kinds |= _BEYOND_FLOAT if isinf(value) else _FLOAT
        elif kind is bool:
            self.kinds |= _BOOL
        elif value is None:
            self.kinds |= _NULL
        else:
            raise TypeError(f"json makes no {kind.__name__}")

    def takes_null(self):
        return bool(self.kinds & _NULL)


def _kind_of_text(text):
    """Whether the text is a day, a time or neither, and the unit of the last digit of a time."""
    try:
        if _DAY_TEXT.fullmatch(text):
            date.fromisoformat(text)
            return _DAY, 0
        found = _TIME_TEXT.fullmatch(text)
        if found is None:
            return _TEXT, 0
        year = datetime.fromisoformat(text.upper()).astimezone(UTC).year
    except (ValueError, OverflowError):
        return _TEXT, 0  # February 30; a time outside the years that Python has
    unit = (len(found[1] or "") + 2) // 3
    if unit >= len(UNITS):
        return _TEXT, 0
    return _TIME if year in _NANOSECOND_YEARS else _TIME | _FAR_TIME, unit


def word_of(place, room=DEEPEST):
    """The word that reads every value seen at a place; ``room``: how many levels it may nest."""
    kinds = place.kinds & ~_NULL
    if kinds in (_ARRAY, _OBJECT) and room == 0:
        return schema.json()
    if kinds == _ARRAY:
        return schema.list_(schema.json() if place.item is None else word_of(place.item, room - 1))
    if kinds == _OBJECT:
        return _word_of_objects(place, room)
    return _scalar(place)


def _scalar(place):
    kinds = place.kinds & ~_NULL
    if kinds == _BOOL:
        return schema.bool_()
    if kinds == _INTEGER:
        return _integer(place.least, place.greatest)
    exact = max(-place.least, place.greatest) <= _EXACT_IN_FLOAT
    if kinds == _FLOAT or (kinds == _INTEGER | _FLOAT and exact):
        return schema.float_(64)
    if kinds == _DAY:
        return schema.date32()
    if kinds == _TIME or (kinds == _TIME | _FAR_TIME and UNITS[place.unit] != "ns"):
        return schema.timestamp(UNITS[place.unit])
    if kinds and not kinds & ~(_TEXT | _DAY | _TIME | _FAR_TIME):
        return schema.utf8()
    return schema.json()


def _integer(least, greatest):
    if fits(least, 64, True) and fits(greatest, 64, True):
        return schema.int_(64)
    if fits(least, 64, False) and fits(greatest, 64, False):
        return schema.int_(64, signed=False)
    if max(-least, greatest) < 10 ** _DECIMAL_DIGITS:
        return schema.decimal(128, _DECIMAL_DIGITS, 0)
    return schema.json()


def _word_of_objects(place, room):
    if not place.keys:
        return schema.json()
    if _keys_are_data(place):
        value = _scalar(_together(place.keys.values()))
        return schema.json() if value.op == "json" or len(place.keys) > _MOST_IN_MAP else schema.map_(value)
    if any("\0" in key for key in place.keys):
        return schema.json()
    return schema.struct([Field(key, word_of(inner, room - 1)) for key, inner in place.keys.items()])


def _keys_are_data(place):
    """Whether the objects are maps by nature, as prices by article are: they have many keys, most of
    them rare. A struct would have a field for each key of the sample and none for those of tomorrow.
    """
    rare = sum(inner.seen * _RARE < place.objects for inner in place.keys.values())
    n_keys = len(place.keys)
    return n_keys > _MOST_FIELDS or (n_keys > _MANY and rare * 2 > n_keys)


def _together(places):
    """The facts about scalars of several places as one."""
    whole = Place()
    for place in places:
        whole.kinds |= place.kinds
        whole.least, whole.greatest = min(whole.least, place.least), max(whole.greatest, place.greatest)
        whole.unit = max(whole.unit, place.unit)
    return whole
