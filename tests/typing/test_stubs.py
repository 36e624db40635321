"""The stubs say what is there: every name of the stub exists, every public name is in the stub."""

import ast
from pathlib import Path

import pytest

import lambdarrow
from lambdarrow import _core, schema

PACKAGE = Path(lambdarrow.__file__).parent


def _public(names):
    return {name for name in names if not name.startswith("_")}


def _stub(path):
    """The stub's top names, and the names in each of its classes."""
    names, classes = set(), {}
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.ClassDef):
            classes[node.name] = {part.name for part in node.body if isinstance(part, ast.FunctionDef)}
            names.add(node.name)
        elif isinstance(node, ast.FunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.AnnAssign):
            names.add(node.target.id)
    return names, classes


def test_native_names():
    names, classes = _stub(PACKAGE / "_core.pyi")
    assert _public(names) == _public(dir(_core))
    assert len(classes) >= 5


@pytest.mark.parametrize("name", sorted(_stub(PACKAGE / "_core.pyi")[1]))
def test_native_members(name):
    stubbed = _stub(PACKAGE / "_core.pyi")[1][name]
    native = getattr(_core, name)
    assert _public(stubbed) == _public(dir(native))
    # CPython shows the buffer protocol as a method only from 3.12 on (PEP 688).
    for special in stubbed - _public(stubbed) - {"__buffer__"}:
        assert hasattr(native, special), special


def test_the_words():
    """A word that is not in the stub is one that type checkers deny."""
    assert _public(_stub(PACKAGE / "schema.pyi")[0]) == _public(dir(schema))


def test_the_public_names():
    """The whole public API; a name more or less is a decision, to be made here."""
    public = [
        "Batch", "BatchFailed", "Column", "DecodeError", "Envelope", "Failure", "UnknownSource", "activemq", "alb",
        "apigateway", "apigateway_v2", "auto", "batch", "by", "by_key", "cloudwatch", "cognito", "columns", "concat",
        "content", "convert", "decode", "delimited", "detect", "documentdb", "dynamodb", "dynamodb_answer",
        "dynamodb_export", "dynamodb_export_incremental", "eventbridge", "events", "firehose", "function_url", "gzip",
        "infer_schema", "json_sequence", "json_string", "kafka", "kinesis", "lines", "logs", "rabbitmq", "s3",
        "scheduled", "schema", "sns", "sqs", "testing", "to_arrow", "zlib",
    ]
    assert lambdarrow.__all__ == public
    assert sorted(_public(dir(lambdarrow))) == public
    stub = (PACKAGE / "__init__.pyi").read_text()
    exported = next(node for node in ast.parse(stub).body
                    if isinstance(node, ast.Assign) and node.targets[0].id == "__all__")
    assert ast.literal_eval(exported.value) == public
    for name in public:
        assert getattr(lambdarrow, name) is not None
