from . import kinesis as kinesis, schema as schema
from ._batch import Batch as Batch, concat as concat
from ._column import Column as Column
from ._errors import DecodeError as DecodeError, Failure as Failure

__version__: str
__all__ = ["Batch", "Column", "DecodeError", "Failure", "concat", "kinesis", "schema"]
