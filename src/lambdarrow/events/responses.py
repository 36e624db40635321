"""The answer to a batch (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html), for those who
make it themselves: ``batch.response()`` and ``@lambdarrow.batch`` give it as a dict. The answers to requests and to
Firehose are beside their events.
"""

from typing import Any

from ._base import Event

__all__ = ["BatchResponse", "ItemFailure", "Offset"]


class Offset(Event, frozen=True, kw_only=True, omit_defaults=True):
    """How Lambda knows a record of Kafka; ``partition``: the topic's name and the partition's number, ``orders-0``."""

    partition: str
    offset: int


class ItemFailure(Event, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """A record that is to be delivered again: its message id (SQS), its sequence number (streams) or its offset."""

    item_identifier: str | Offset


class BatchResponse(Event, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """What a handler returns. No failures: all is done. An identifier that is empty makes Lambda deliver all again."""

    # Always sent: Lambda takes an answer without it for success, but who reads it should not have to know.
    batch_item_failures: list[ItemFailure]
    state: dict[str, Any] | None = None
    """What a tumbling window hands to its next invocation; needed there."""

    @classmethod
    def of(cls, *identifiers: str | Offset, state: dict[str, Any] | None = None) -> "BatchResponse":
        """The answer that names these."""
        return cls(batch_item_failures=[ItemFailure(item_identifier=one) for one in identifiers], state=state)
