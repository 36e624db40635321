"""Alarms of CloudWatch that call a function, one row each
(https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-actions-Lambda.html).

Columns, in order, all nullable; dictionary columns are ``dictionary<int32, utf8>`` (utf8 in the dialects ``plain`` and
``spark``):

==========================================  ================================================================
``time``                                    timestamp[ms, UTC]
``alarm_name``                              dictionary
``state_value``                             dictionary, ``OK``, ``ALARM`` or ``INSUFFICIENT_DATA``
``state_reason``                            utf8
``state_reason_data``                       JSON text
``state_timestamp``                         timestamp[ms, UTC]
``state_actions_suppressed_by``             dictionary; composite alarms only, as the next
``state_actions_suppressed_reason``         utf8
``previous_state_…``                        the same six of the state before
``description``                             utf8
``metrics``                                 JSON text, a list; null of composite alarms
``alarm_rule``                              utf8; composite alarms only, as the next three
``actions_suppressor``                      utf8
``actions_suppressor_wait_period``          int32, seconds
``actions_suppressor_extension_period``     int32, seconds
``alarm_contributor_id``                    utf8, of the one of several time series whose state it is
``alarm_contributor_attributes``            map<utf8, utf8>
``muted_by_arn``                            utf8, of the rule that mutes the alarm
``mute_window_start``, ``mute_window_end``  timestamp[ms, UTC]
``alarm_arn``, ``account_id``, ``region``, ``source``  dictionary
==========================================  ================================================================

What EventBridge says of alarms is an event of :mod:`lambdarrow.eventbridge`, and what they tell a topic one of
:mod:`lambdarrow.sns`.
"""

from . import _decoder
from ._source import Source
from .schema import Field, alone, dictionary, int_, json, json_string, map_, object_, timestamp, utf8

__all__ = ["SOURCE", "Decoder", "to_arrow"]

TYPE_CHECKING = False  # typing costs a cold start 4 ms; type checkers read this name as true
if TYPE_CHECKING:
    from typing import Unpack

    from ._types import PlainOptions, PlainToArrow
    from .schema import Word


_STATE = ("value", "reason", "reason_data", "timestamp", "actions_suppressed_by", "actions_suppressed_reason")


def _state(name: str) -> "Word":
    return object_((
        Field("value", dictionary(), f"{name}_value"),
        Field("reason", utf8(), f"{name}_reason"),
        Field("reasonData", json_string(json()), f"{name}_reason_data"),
        Field("timestamp", timestamp("ms"), f"{name}_timestamp"),
        Field("actionsSuppressedBy", dictionary(), f"{name}_actions_suppressed_by"),
        Field("actionsSuppressedReason", utf8(), f"{name}_actions_suppressed_reason"),
    ))


def _envelope() -> "Word":
    configuration = object_((
        Field("description", utf8()),
        Field("metrics", json()),
        Field("alarmRule", utf8(), "alarm_rule"),
        Field("actionsSuppressor", utf8(), "actions_suppressor"),
        Field("actionsSuppressorWaitPeriod", int_(32), "actions_suppressor_wait_period"),
        Field("actionsSuppressorExtensionPeriod", int_(32), "actions_suppressor_extension_period"),
    ))
    contributor = object_((
        Field("id", utf8(), "alarm_contributor_id"),
        Field("attributes", map_(utf8()), "alarm_contributor_attributes"),
    ))
    muted = object_((
        Field("mutedByArn", utf8(), "muted_by_arn"),
        Field("muteWindowStart", timestamp("ms"), "mute_window_start"),
        Field("muteWindowEnd", timestamp("ms"), "mute_window_end"),
    ))
    alarm = object_((
        Field("alarmName", dictionary(), "alarm_name"),
        Field("alarmContributor", contributor),
        Field("state", _state("state")),
        Field("previousState", _state("previous_state")),
        Field("configuration", configuration),
        Field("muteDetail", muted),
    ))
    return alone(object_((
        Field("source", dictionary()),
        Field("alarmArn", dictionary(), "alarm_arn"),
        Field("accountId", dictionary(), "account_id"),
        Field("time", timestamp("ms")),
        Field("region", dictionary()),
        Field("alarmData", alarm),
    ), nullable=False))


SOURCE = Source(
    "cloudwatch", _envelope, payload=None, bare=None, layer=None, typed=(),
    columns=(
        "time", "alarm_name", *[f"state_{one}" for one in _STATE], *[f"previous_state_{one}" for one in _STATE],
        "description", "metrics", "alarm_rule", "actions_suppressor", "actions_suppressor_wait_period",
        "actions_suppressor_extension_period", "alarm_contributor_id", "alarm_contributor_attributes", "muted_by_arn",
        "mute_window_start", "mute_window_end", "alarm_arn", "account_id", "region", "source",
    ),
)


class Decoder(_decoder.Decoder):
    __doc__ = _decoder.Decoder.__doc__
    __slots__ = ()

    def __init__(self, **options: "Unpack[PlainOptions]") -> None:
        super().__init__(SOURCE, **options)


to_arrow: "PlainToArrow" = _decoder.front(Decoder)
