from . import activemq as activemq
from . import alb as alb
from . import apigateway as apigateway
from . import apigateway_v2 as apigateway_v2
from . import cloudwatch as cloudwatch
from . import cognito as cognito
from . import content as content
from . import documentdb as documentdb
from . import dynamodb as dynamodb
from . import dynamodb_answer as dynamodb_answer
from . import dynamodb_export as dynamodb_export
from . import dynamodb_export_incremental as dynamodb_export_incremental
from . import eventbridge as eventbridge
from . import events as events
from . import firehose as firehose
from . import function_url as function_url
from . import kafka as kafka
from . import kinesis as kinesis
from . import logs as logs
from . import rabbitmq as rabbitmq
from . import s3 as s3
from . import scheduled as scheduled
from . import schema as schema
from . import sns as sns
from . import sqs as sqs
from . import testing as testing
from ._any import UnknownSource as UnknownSource
from ._any import decode as decode
from ._any import detect as detect
from ._any import to_arrow as to_arrow
from ._attributes import by_key as by_key
from ._batch import Batch as Batch
from ._batch import concat as concat
from ._column import Column as Column
from ._envelope import Envelope as Envelope
from ._errors import DecodeError as DecodeError
from ._errors import Failure as Failure
from ._handlers import BatchFailed as BatchFailed
from ._handlers import batch as batch
from ._handlers import columns as columns
from ._infer import infer_schema as infer_schema
from .archive import convert as convert
from .schema import auto as auto
from .schema import by as by
from .schema import delimited as delimited
from .schema import gzip as gzip
from .schema import json_sequence as json_sequence
from .schema import json_string as json_string
from .schema import lines as lines
from .schema import zlib as zlib

__version__: str
__all__ = ["Batch", "BatchFailed", "Column", "DecodeError", "Envelope", "Failure", "UnknownSource", "activemq", "alb",
           "apigateway", "apigateway_v2", "auto", "batch", "by", "by_key", "cloudwatch", "cognito", "columns",
           "concat", "content", "convert", "decode", "delimited", "detect", "documentdb", "dynamodb",
           "dynamodb_answer", "dynamodb_export", "dynamodb_export_incremental", "eventbridge", "events", "firehose",
           "function_url", "gzip", "infer_schema", "json_sequence", "json_string", "kafka", "kinesis", "lines",
           "logs", "rabbitmq", "s3", "scheduled", "schema", "sns", "sqs", "testing", "to_arrow", "zlib"]
