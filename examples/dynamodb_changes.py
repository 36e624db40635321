"""What a DynamoDB stream says has changed, as a Parquet file; and the same items inside a Lambda function.

    python examples/dynamodb_changes.py examples/orders.json changes.parquet
"""

import sys
from pathlib import Path

import pyarrow
import pyarrow.parquet as parquet

import lambdarrow
from lambdarrow import dynamodb

# The table's items. Without it their types are inferred from each batch; so written down, all files have the same.
ORDER = {
    "pk": "utf8", "sk": "utf8", "status": "dictionary<utf8>", "amount": "decimal128(12, 2)",
    "placed_at": "timestamp[ms, UTC]", "gift": "bool", "tags": ["utf8"],
    "lines": [{"sku": "utf8", "price": "decimal128(12, 2)", "n": "int64"}], "note": "utf8", "receipt": "binary",
}


def changes_of(event):
    """One row a change: what happened to which item, and which of its attributes are others than before."""
    return pyarrow.table(dynamodb.to_arrow(event, image=ORDER, keys=("pk", "sk")).changes())


def handle(event, context):
    """The Lambda function: each order as a dict of Python objects, amounts as Decimal, sets as set, binary as bytes."""
    for record in event["Records"]:
        change = record["dynamodb"]
        if "NewImage" not in change:
            continue  # it was removed
        try:
            order = dynamodb.unmarshal(change["NewImage"])
        except lambdarrow.DecodeError as error:
            print(f"stopped at {error}")
            return {"batchItemFailures": [{"itemIdentifier": change["SequenceNumber"]}]}  # and will go on from there
        pieces = sum(line["n"] for line in order["lines"])
        print(f"{order['sk']} is {order['status']}: {pieces} pieces for {order['amount']} euros")
    return {"batchItemFailures": []}


if __name__ == "__main__":
    source, target = sys.argv[1:]
    parquet.write_table(changes_of(Path(source).read_bytes()), target)
    for row in parquet.read_table(target).to_pylist():
        print(row["op"], row["keys"]["sk"], row["changed"])
