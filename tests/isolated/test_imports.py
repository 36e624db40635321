"""What importing costs and pulls in, each time in a fresh process."""

import pkgutil
import subprocess
import sys

import pytest

import lambdarrow

DECODE = """
import lambdarrow
batch = lambdarrow.kinesis.to_arrow(b'{"Records":[{"eventID":"a","kinesis":{"data":"QQ=="}}]}')
assert batch.num_rows == 1
assert batch.__arrow_c_array__() is not None
"""
MODULES = "print(*sorted(sys.modules), sep='\\n')"
PUBLIC_MODULES = sorted(
    module.name for module in pkgutil.iter_modules(lambdarrow.__path__) if not module.name.startswith("_")
)
ATTRIBUTES = sorted(name for name in dir(lambdarrow) if not name.startswith("_"))
NAMES = sorted({*PUBLIC_MODULES, *ATTRIBUTES})
# Cython's own, without a file: the extension module makes it to give its tracebacks their line numbers.
MADE_BY_US = {"cython_runtime"}


def fresh(code):
    """The lines that a new interpreter prints."""
    done = subprocess.run([sys.executable, "-c", "import sys\n" + code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.split("\n")[:-1]


def foreign(modules):
    return sorted(name for name in modules - MADE_BY_US if name.split(".")[0] != "lambdarrow")


def test_a_decode_imports_nothing_but_ourselves():
    bare = set(fresh(MODULES))
    ours = set(fresh(DECODE + MODULES))
    assert "lambdarrow._core" in ours and "sys" in bare
    assert foreign(ours - bare) == []


@pytest.mark.parametrize(
    "name", ["msgspec", "orjson", "pyarrow", "numpy", "typing", "dataclasses", "asyncio", "re"]
)
def test_what_must_never_come_along(name):
    assert fresh(DECODE + f"print({name!r} in sys.modules)") == ["False"]


def test_a_payload_in_words_imports_nothing_but_ourselves():
    """A schema in words is data; only a Struct class means msgspec, which its user has loaded already."""
    code = (
        DECODE
        + """
batch = lambdarrow.kinesis.to_arrow(
    b'{"Records":[{"kinesis":{"data":"eyJhIjoxfQ=="}}]}', payload={"a": "int64", "t": "timestamp[ms, UTC]"})
assert memoryview(batch["data.a"]).tolist() == [1]
"""
    )
    ours = set(fresh(code + MODULES)) - set(fresh(MODULES))
    assert len(ours) > 3
    assert foreign(ours) == []


def test_the_package_alone_loads_no_native_code():
    assert fresh("import lambdarrow\nprint('lambdarrow._core' in sys.modules)") == ["False"]


KIND = (
    "print(name, type(value).__name__, getattr(value, '__module__', None), getattr(value, '__name__', None))"
)


def kinds(names, before=""):
    lines = [before]
    for name in names:
        lines.append(f"from lambdarrow import {name} as value; name = {name!r}; {KIND}")
    return sorted(fresh("\n".join(lines)))


def test_every_public_name_is_the_same_in_both_orders():
    """A submodule must not shadow a function of its name, nor the other way round."""
    assert {"kinesis", "DecodeError", "Batch"} <= set(NAMES)
    forth = kinds(NAMES)
    assert len(forth) == len(NAMES)
    assert kinds(reversed(NAMES)) == forth
    modules = "".join(f"import lambdarrow.{name}\n" for name in PUBLIC_MODULES)
    assert kinds(NAMES, modules) == forth
    attributes = "import lambdarrow\n" + "".join(
        f"name = {name!r}; value = lambdarrow.{name}; {KIND}\n" for name in reversed(ATTRIBUTES)
    )
    assert sorted(fresh(attributes)) == kinds(ATTRIBUTES)


@pytest.mark.parametrize("name", NAMES)
def test_each_public_name_alone(name):
    assert fresh(f"from lambdarrow import {name}\nprint('here')") == ["here"]
    if name in ATTRIBUTES:
        assert fresh(f"import lambdarrow\nlambdarrow.{name}\nprint('here')") == ["here"]


def test_what_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError):
        getattr(lambdarrow, "no_such_source")  # noqa: B009
    assert lambdarrow.__version__
    assert set(getattr(lambdarrow, "__all__", NAMES)) <= {*NAMES, "__version__"}
