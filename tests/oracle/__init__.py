"""What an event means, said with json, base64, zlib, decimal and pyarrow only: slow, plain, and not ours.

``tree.py``: JSON text; ``values.py``: what a type makes of a value; ``attributes.py``: the same of DynamoDB's items;
``sources.py``: records, failures and rows, and a table of columns for each source; ``compare.py``: tables that should
be equal.
"""

from .compare import assert_same, built, plain, rows, undictionary
from .sources import DYNAMODB, FIREHOSE, KINESIS, LOGS, SQS, Refused, gunzip
from .tree import NUMBER, Node, NotJSON, load, parse
from .values import Wrong, step, text_of, timestamp_of, word

__all__ = [
    "DYNAMODB", "FIREHOSE", "KINESIS", "LOGS", "NUMBER", "SQS", "Node", "NotJSON", "Refused", "Wrong", "assert_same",
    "built", "gunzip", "load", "parse", "plain", "rows", "step", "text_of", "timestamp_of", "undictionary", "word",
]
