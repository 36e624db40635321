from . import kinesis as kinesis
from . import schema as schema
from ._batch import Batch as Batch
from ._batch import concat as concat
from ._column import Column as Column
from ._errors import DecodeError as DecodeError
from ._errors import Failure as Failure
from ._infer import infer_schema as infer_schema
from .archive import convert as convert

__version__: str
__all__ = ["Batch", "Column", "DecodeError", "Failure", "concat", "convert", "infer_schema", "kinesis", "schema"]
