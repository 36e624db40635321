"""Python objects as DynamoDB AttributeValues."""

from base64 import b64encode
from decimal import Decimal

from ._lower import step

_DIGITS, _LEAST, _GREATEST = 38, -130, 125


def marshal(obj):
    """A mapping, Struct or dataclass as an item."""
    fields = _fields(obj)
    if fields is None:
        raise TypeError(f"$: an item is a dict, a Struct or a dataclass, not {type(obj).__name__}")
    return _map(fields, "$")


def _fields(obj):
    """The fields of what is a map in DynamoDB; None of anything else."""
    if isinstance(obj, dict):
        return obj
    if hasattr(obj, "__struct_fields__"):
        names = zip(obj.__struct_fields__, obj.__struct_encode_fields__, strict=True)
        return {name: getattr(obj, key) for key, name in names}
    if hasattr(obj, "__dataclass_fields__") and not isinstance(obj, type):
        from dataclasses import fields

        return {field.name: getattr(obj, field.name) for field in fields(obj)}
    return None


def _map(fields, path):
    for key in fields:
        if not isinstance(key, str):
            raise TypeError(f"{path}: the name of an attribute is a str, not {key!r}")
    return {key: serialize(value, path + step(key)) for key, value in fields.items()}


def serialize(value, path):
    """One object as an AttributeValue."""
    if value is None:
        return {"NULL": True}
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, str):
        return {"S": value}
    if isinstance(value, (int, float, Decimal)):
        return {"N": _number(value, path)}
    if (binary := _binary(value)) is not None:
        return {"B": binary}
    if isinstance(value, (set, frozenset)):
        return _set(value, path)
    if isinstance(value, (list, tuple)):
        return {"L": [serialize(item, f"{path}[{k}]") for k, item in enumerate(value)]}
    fields = _fields(value)
    if fields is None:
        raise TypeError(f"{path}: DynamoDB has no type for {type(value).__name__}")
    return {"M": _map(fields, path)}


def _number(value, path):
    # A subclass may print itself otherwise.
    exact = Decimal(float.__repr__(value)) if isinstance(value, float) else Decimal(value)
    if not exact.is_finite():
        raise ValueError(f"{path}: DynamoDB has no {exact}")
    digits = "".join(map(str, exact.as_tuple().digits)).strip("0")
    if len(digits) > _DIGITS or (digits and not _LEAST <= exact.adjusted() <= _GREATEST):
        shown = exact if len(digits) < 2 * _DIGITS else f"{exact:.{_DIGITS}E}…"
        raise ValueError(f"{path}: {shown} is no number that DynamoDB can hold: {_DIGITS} digits, 1E{_LEAST} to "
                         f"1E+{_GREATEST + 1}")
    return str(exact)


def _binary(value):
    """base64 of what is bytes, boto3's Binary among them; None of anything else."""
    if not isinstance(value, (bytes, bytearray, memoryview)):
        if type(value).__name__ != "Binary" or not isinstance(getattr(value, "value", None), (bytes, bytearray)):
            return None
        value = value.value
    return b64encode(value).decode("ascii")


def _set(members, path):
    if not members:
        raise ValueError(f"{path}: DynamoDB has no empty set")
    if all(isinstance(member, str) for member in members):
        return {"SS": sorted(members)}
    if all(isinstance(member, (int, float, Decimal)) and not isinstance(member, bool) for member in members):
        numbers = sorted([_number(member, path) for member in members], key=Decimal)
        if len({Decimal(number) for number in numbers}) < len(numbers):
            raise ValueError(f"{path}: two members of the set are one number to DynamoDB")
        return {"NS": numbers}
    binaries = [_binary(member) for member in members]
    if None in binaries:
        raise TypeError(f"{path}: a set in DynamoDB has only str, only numbers or only bytes in it")
    return {"BS": sorted(binaries)}
