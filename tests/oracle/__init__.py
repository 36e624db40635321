"""What an event means, said with json, base64, decimal and pyarrow only: slow, plain, and not ours.

``tree.py``: JSON text; ``values.py``: what a type makes of a value; ``sources.py``: records, failures and rows, and a
table of columns for each source; ``compare.py``: tables that should be equal.
"""

from .compare import assert_same, plain, rows, undictionary
from .sources import KINESIS, SQS, Refused
from .tree import NotJSON, load, parse
from .values import word

__all__ = [
    "KINESIS", "SQS", "NotJSON", "Refused", "assert_same", "load", "parse", "plain", "rows", "undictionary", "word",
]
