"""lambdarrow: the event batches that AWS Lambda delivers, from raw bytes to Arrow columns.

``lambdarrow.kinesis.to_arrow(event)`` is the way in; everything else is reached from there.
Nothing is imported before it is asked for.
"""

__version__ = "0.1.0"

__all__ = ["Batch", "BatchFailed", "Column", "DecodeError", "Envelope", "Failure", "UnknownSource", "activemq", "alb",
           "apigateway", "apigateway_v2", "auto", "batch", "by", "by_key", "cloudwatch", "cognito", "columns",
           "concat", "content", "convert", "decode", "delimited", "detect", "documentdb", "dynamodb",
           "dynamodb_answer", "dynamodb_export", "dynamodb_export_incremental", "eventbridge", "events", "firehose",
           "function_url", "gzip", "infer_schema", "json_sequence", "json_string", "kafka", "kinesis", "lines",
           "logs", "rabbitmq", "s3", "scheduled", "schema", "sns", "sqs", "testing", "to_arrow", "zlib"]

_MODULES = ("activemq", "alb", "apigateway", "apigateway_v2", "cloudwatch", "cognito", "content", "documentdb",
            "dynamodb", "dynamodb_answer", "dynamodb_export", "dynamodb_export_incremental", "eventbridge", "events",
            "firehose", "function_url", "kafka", "kinesis", "logs", "rabbitmq", "s3", "scheduled", "schema", "sns",
            "sqs", "testing")
_NAMES = {"Batch": "_batch", "BatchFailed": "_handlers", "Column": "_column", "DecodeError": "_errors",
          "Envelope": "_envelope", "Failure": "_errors", "UnknownSource": "_any", "batch": "_handlers",
          "by_key": "_attributes", "columns": "_handlers", "concat": "_batch", "convert": "archive", "decode": "_any",
          "detect": "_any", "infer_schema": "_infer", "to_arrow": "_any",
          **dict.fromkeys(("auto", "by", "delimited", "gzip", "json_sequence", "json_string", "lines", "zlib"),
                          "schema")}


def __getattr__(name):
    # __import__ rather than importlib, which would be one more module to load.
    if name in _MODULES:
        module = __import__(f"lambdarrow.{name}", fromlist=("",))
        globals()[name] = module
        return module
    if name in _NAMES:
        value = getattr(__import__(f"lambdarrow.{_NAMES[name]}", fromlist=("",)), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'lambdarrow' has no attribute {name!r}")


def __dir__():
    return sorted([*__all__, "__version__"])
