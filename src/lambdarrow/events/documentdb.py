"""Events of Amazon DocumentDB's change streams as Structs
(https://docs.aws.amazon.com/lambda/latest/dg/with-documentdb.html). Documents are MongoDB's Extended JSON in its
relaxed form: an id is ``{"$oid": "..."}``.
"""

from datetime import datetime
from typing import Any, Generic, TypeVar

from msgspec import field

from ._base import UNSET, Event, Records, UnsetType, epoch_s

__all__ = ["Change", "ChangeId", "ClusterTime", "DocumentDBEvent", "Item", "Namespace", "Timestamp", "TruncatedArray",
           "UpdateDescription"]

Document = TypeVar("Document")

_CLUSTER_TIME = "$.clusterTime.$timestamp.t"


class ChangeId(Event, frozen=True, kw_only=True, omit_defaults=True):
    """What names a change."""

    data: str = field(name="_data")
    """Hexadecimal digits, by which the stream can be taken up again."""


class Timestamp(Event, frozen=True, kw_only=True, omit_defaults=True):
    """MongoDB's timestamp."""

    t: int
    """Seconds since 1970."""
    i: int
    """Which of that second's changes."""


class ClusterTime(Event, frozen=True, kw_only=True, omit_defaults=True):
    """A timestamp in Extended JSON."""

    timestamp: Timestamp = field(name="$timestamp")


class Namespace(Event, frozen=True, kw_only=True, omit_defaults=True):
    """A collection, or a database where all of it is meant."""

    db: str
    coll: str | None = None


class TruncatedArray(Event, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """An array that lost its end."""

    field: str
    new_size: int


class UpdateDescription(Event, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """What an update has changed; names of fields are paths with dots."""

    updated_fields: dict[str, Any] | None | UnsetType = UNSET
    removed_fields: list[str] | None | UnsetType = UNSET
    truncated_arrays: list[TruncatedArray] | None | UnsetType = UNSET


class Change(Event, Generic[Document], frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """A change of a document, or of a collection."""

    id: ChangeId = field(name="_id")
    cluster_time_raw: ClusterTime | None = field(default=None, name="clusterTime")
    operation_type: str
    """``insert``, ``update``, ``replace``, ``delete``, ``drop``, ``dropDatabase``, ``rename`` or ``invalidate``."""
    ns: Namespace | None = None
    """Where; absent where the stream ends (``invalidate``)."""
    to: Namespace | None = None
    """The collection's new name; ``rename`` only."""
    document_key: dict[str, Any] | None = None
    """The document's ``_id``; absent where no document is meant."""
    full_document: Document | None | UnsetType = UNSET
    """The document, what JSON makes of it or of the type in ``DocumentDBEvent[...]``. Absent where it was deleted, and
    where it was updated unless the event source mapping looks it up; null where that found none any more."""
    update_description: UpdateDescription | None = None
    """``update`` only."""

    @property
    def cluster_time(self) -> datetime | None:
        """When the change was made, to the second."""
        return None if self.cluster_time_raw is None else epoch_s(self.cluster_time_raw.timestamp.t, _CLUSTER_TIME)


class Item(Event, Generic[Document], frozen=True, kw_only=True, omit_defaults=True):
    """What the event has around each change."""

    event: Change[Document]


class DocumentDBEvent(Records[Change[Document]], Generic[Document], frozen=True, kw_only=True, omit_defaults=True,
                      rename="camel"):
    """A batch of changes; iterating it, and its length, are those of ``records``."""

    event_source_arn: str
    """Of the cluster."""
    event_source: str
    """``aws:docdb``."""
    events: list[Item[Document]]

    @property
    def records(self) -> list[Change[Document]]:
        """The changes."""
        return [item.event for item in self.events]
