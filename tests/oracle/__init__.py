"""What an event means, said with json, base64, zlib, decimal and pyarrow only: slow, plain, and not ours.

``tree.py``: JSON text; ``values.py``: what a type makes of a value; ``sources.py``: records, failures and rows, and a
table of columns for each source; ``compare.py``: tables that should be equal.
"""

from .compare import assert_same, built, plain, rows, undictionary
from .sources import FIREHOSE, KINESIS, LOGS, SQS, Refused, gunzip
from .tree import NUMBER, Node, NotJSON, load, parse
from .values import Wrong, text_of, timestamp_of, word

__all__ = [
    "FIREHOSE", "KINESIS", "LOGS", "NUMBER", "SQS", "Node", "NotJSON", "Refused", "Wrong", "assert_same", "built",
    "gunzip", "load", "parse", "plain", "rows", "text_of", "timestamp_of", "undictionary", "word",
]
