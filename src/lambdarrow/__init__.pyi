from . import dynamodb as dynamodb
from . import dynamodb_answer as dynamodb_answer
from . import dynamodb_export as dynamodb_export
from . import dynamodb_export_incremental as dynamodb_export_incremental
from . import eventbridge as eventbridge
from . import kinesis as kinesis
from . import s3 as s3
from . import schema as schema
from . import sns as sns
from . import sqs as sqs
from ._attributes import by_key as by_key
from ._batch import Batch as Batch
from ._batch import concat as concat
from ._column import Column as Column
from ._envelope import Envelope as Envelope
from ._errors import DecodeError as DecodeError
from ._errors import Failure as Failure
from ._infer import infer_schema as infer_schema
from .archive import convert as convert
from .schema import by as by
from .schema import json_string as json_string

__version__: str
__all__ = ["Batch", "Column", "DecodeError", "Envelope", "Failure", "by", "by_key", "concat", "convert", "dynamodb",
           "dynamodb_answer", "dynamodb_export", "dynamodb_export_incremental", "eventbridge", "infer_schema",
           "json_string", "kinesis", "s3", "schema", "sns", "sqs"]
