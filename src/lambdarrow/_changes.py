"""The change view of a batch of DynamoDB Streams."""

from ._batch import Batch
from ._images import ItemsDecoder

TYPE_CHECKING = False  # typing costs a cold start 4 ms; type checkers read this name as true
if TYPE_CHECKING:
    from typing import Any

    from . import _core
    from ._types import Event

_COLUMNS = ["op", "approximate_creation_date_time", "sequence_number", "keys", "changed"]


class ChangesBatch(Batch):
    """A batch of DynamoDB Streams."""

    __slots__ = ("_decoder", "_event")

    def __init__(self, rows: "_core.Rows", *arguments: "Any", **options: "Any") -> None:
        super().__init__(rows, *arguments, **options)
        self._decoder = self._event = None

    def changes(self) -> "Batch":
        """One row a change: ``op`` (``insert``, ``modify``, ``remove``), ``approximate_creation_date_time``,
        ``sequence_number``, ``keys``, and ``changed``, of a ``modify`` with both images the names of the attributes
        that differ (:mod:`lambdarrow.dynamodb` says how they are compared).

        Reads the event a second time, which must be as it was. Raises ``ValueError`` for a batch that was fed: that
        has the same columns if its decoder is asked for them.
        """
        whole = self if self._whole is None else self._whole
        if whole._decoder is None:
            raise ValueError(f"changes() is of the batch of one event; when feeding, ask for columns={_COLUMNS}")
        batch = whole._decoder.changes(whole._event)
        kept = set(self.record_index)
        if kept == set(batch.record_index):
            return batch
        # What the batch itself left out, this one does.
        rows = batch._rows
        places = [row for row, record in enumerate(batch.record_index) if record in kept]
        return Batch(rows.take(None, places, rows.cases), self._source)


class ChangesDecoder(ItemsDecoder):
    """A decoder of items whose batches can tell what changed."""

    __slots__ = ("_changes",)
    _batch_type = ChangesBatch

    def to_arrow(self, event: "Event") -> "ChangesBatch":
        batch = super().to_arrow(event)
        if self._inferring is None:
            batch._decoder, batch._event = self, event
        return batch

    def changes(self, event: "Event") -> "Batch":
        """The change view of an event."""
        try:
            decoder = self._changes
        except AttributeError:
            decoder = self._changes = self.retyped(self._types, columns=_COLUMNS)
        return ItemsDecoder.to_arrow(decoder, event)
