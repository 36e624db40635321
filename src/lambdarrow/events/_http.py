"""What requests and answers over HTTP have in common, whoever passes them on."""

import base64
import re
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar, overload

import msgspec
from msgspec import field

from ._base import Event, UnsetType, refused

__all__ = ["ClientCert", "Headers", "Response", "Validity", "common_log_time", "encoded", "headers_of", "mapping"]

Value = TypeVar("Value")
Default = TypeVar("Default")

_MONTHS = {"Jan": 1, "Feb": 2, "Mar": 3, "Apr": 4, "May": 5, "Jun": 6, "Jul": 7, "Aug": 8, "Sep": 9, "Oct": 10,
           "Nov": 11, "Dec": 12}
_CLOCK = r"(?P<clock>\d\d:\d\d:\d\d)"
# AWS's own examples of HTTP APIs have no space before the offset; what it sends has one.
_COMMON_LOG = re.compile(
    rf"(?P<day>\d\d)/(?P<month>[A-Z][a-z]{{2}})/(?P<year>\d{{4}}):{_CLOCK} ?(?P<offset>[+-]\d{{4}})", re.ASCII)
# As OpenSSL prints the times of certificates.
_CERTIFICATE = re.compile(
    rf"(?P<month>[A-Z][a-z]{{2}}) +(?P<day>\d{{1,2}}) {_CLOCK} (?P<year>\d{{4}}) (?P<offset>GMT)", re.ASCII)
_AS_OPENSSL = "a time like Jan  2 15:04:05 2006 GMT"


@overload
def common_log_time(text: str, path: str) -> datetime: ...
@overload
def common_log_time(text: str | None, path: str) -> datetime | None: ...


def common_log_time(text: str | None, path: str) -> datetime | None:
    """The time of a text in the form of web servers' logs. Raises DecodeError."""
    return None if text is None else _time(text, _COMMON_LOG, "a time like 02/Jan/2006:15:04:05 +0000", path)


def _time(text: str, form: re.Pattern[str], wanted: str, path: str) -> datetime:
    # Not strptime: its names of months are those of the locale.
    found = form.fullmatch(text)
    if found is not None:
        offset = found["offset"].replace("GMT", "+0000")
        try:
            return datetime.fromisoformat(f"{found['year']}-{_MONTHS[found['month']]:02}-{int(found['day']):02}"
                                          f"T{found['clock']}{offset}")
        except (KeyError, ValueError):
            pass
    raise refused("invalid_timestamp", f"{text!r} is not {wanted}", path)


class Headers(dict[str, Value]):
    """HTTP headers, as sent; names are found whatever their case. It cannot be changed: ``dict(headers)`` can."""

    def _name(self, name: object) -> Any:
        if dict.__contains__(self, name) or not isinstance(name, str):
            return name
        wanted = name.lower()
        return next((known for known in self if known.lower() == wanted), name)

    def __getitem__(self, name: str) -> Value:
        return dict.__getitem__(self, self._name(name))

    def __contains__(self, name: object) -> bool:
        return dict.__contains__(self, self._name(name))

    @overload
    def get(self, name: str, default: None = None, /) -> Value | None: ...
    @overload
    def get(self, name: str, default: Value, /) -> Value: ...
    @overload
    def get(self, name: str, default: Default, /) -> Value | Default: ...

    def get(self, name: str, default: Any = None, /) -> Any:
        return dict.get(self, self._name(name), default)

    def __reduce__(self) -> Any:
        return Headers, (dict(self),)

    def _fixed(self, *_: Any, **__: Any) -> Any:
        raise TypeError("headers of a request cannot be changed; dict(headers) can")

    if not TYPE_CHECKING:
        __setitem__ = __delitem__ = __ior__ = clear = pop = popitem = setdefault = update = _fixed


def mapping(sent: dict[str, Value] | None | UnsetType) -> dict[str, Value]:
    """What was sent; empty where it is null or absent."""
    return sent if isinstance(sent, dict) else {}


def headers_of(sent: dict[str, Value] | None | UnsetType) -> Headers[Value]:
    """The same, of headers."""
    return Headers(mapping(sent))


class Validity(Event, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """Since when and until when a certificate is valid."""

    not_before_raw: str = field(name="notBefore")
    not_after_raw: str = field(name="notAfter")

    @property
    def not_before(self) -> datetime:
        """The wire's text, like ``May 28 12:30:02 2019 GMT``. Raises DecodeError where it is not."""
        return _time(self.not_before_raw, _CERTIFICATE, _AS_OPENSSL, "$.notBefore")

    @property
    def not_after(self) -> datetime:
        """The same, of the end."""
        return _time(self.not_after_raw, _CERTIFICATE, _AS_OPENSSL, "$.notAfter")


class ClientCert(Event, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """The client's certificate, where a custom domain name asks for one (mutual TLS)."""

    client_cert_pem: str
    """The certificate itself, as PEM."""
    subject_dn: str = field(name="subjectDN")
    issuer_dn: str = field(name="issuerDN")
    serial_number: str
    validity: Validity


# Answers.


class Response(Event, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """The base of answers. What is not set is not sent."""

    status_code: int
    headers: dict[str, str] | None = None
    body: str | None = None
    """Text, or base64 where ``is_base64_encoded`` says so."""
    is_base64_encoded: bool | None = None


def encoded(body: object, *headers: Mapping[str, Any] | None) -> tuple[str | None, bool, str | None]:
    """How an answer carries this: its text (bytes as base64, None as none, any other object as JSON), whether it is
    base64, and the type of content to be named: that of JSON, where none of the ``headers`` names one."""
    if body is None or isinstance(body, str):
        return body, False, None
    if isinstance(body, (bytes, bytearray, memoryview)):
        return base64.b64encode(body).decode(), True, None
    named = any(name.lower() == "content-type" for given in headers for name in given or ())
    return msgspec.json.encode(body).decode(), False, None if named else "application/json"
