"""Types of the decorators; what each does, _handlers.py says."""

from collections.abc import Callable
from typing import Any, overload

STREAMS: tuple[str, ...]
PARTITIONED: tuple[str, ...]
NAMED: tuple[str, ...]

class BatchFailed(RuntimeError):
    errors: dict[int, BaseException]
    results: dict[int, Any]
    response: dict[str, Any] | None
    def __init__(self, message: str, errors: dict[int, BaseException], results: dict[int, Any],
                 response: dict[str, Any] | None) -> None: ...

@overload
def batch(function: Callable[..., Any]) -> Callable[..., dict[str, Any] | None]: ...
@overload
def batch(function: None = None, *, payload: Any = None, workers: int = 1, concurrency: int = 10, stop: bool = True,
          deadline: float | None = 0.5, raise_if_all_failed: bool = True,
          ) -> Callable[[Callable[..., Any]], Callable[..., dict[str, Any] | None]]: ...
@overload
def columns(function: Callable[..., Any]) -> Callable[..., Any]: ...
@overload
def columns(function: None = None, *, on_error: str | None = None, raise_if_all_failed: bool = True,
            **options: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]: ...
