"""Events of CloudWatch alarms as Structs: of an alarm that calls a function
(https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-actions-Lambda.html), what EventBridge says
of one (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html), and what one
tells a topic (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html).
"""

from datetime import datetime
from typing import Any

from msgspec import UNSET, UnsetType, field

from ._base import Event, iso, json_of

__all__ = [
    "AlarmContributor", "AlarmData", "AlarmState", "AlarmStateChange", "ChildState", "CloudWatchAlarmEvent",
    "Configuration", "Dimension", "Metric", "MetricQuery", "MetricStat", "MuteDetail", "SNSAlarm", "Trigger",
    "TriggerMetric", "TriggerMetricQuery", "TriggerMetricStat", "TriggeringChild",
]


class AlarmState(Event, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """A state of an alarm, and why it is in it."""

    value: str
    """``OK``, ``ALARM`` or ``INSUFFICIENT_DATA``."""
    reason: str | None = None
    """In English."""
    reason_data_raw: str | None = field(default=None, name="reasonData")
    """Absent where the alarm was set by hand or is new, and of alarms over several time series."""
    timestamp_raw: str = field(name="timestamp")
    actions_suppressed_by: str | None = None
    """``WaitPeriod``, ``ExtensionPeriod`` or ``Alarm``; composite alarms only, while their actions are held back."""
    actions_suppressed_reason: str | None = None
    """In English; as above."""

    @property
    def reason_data(self) -> Any:
        """The wire's JSON text as what it says: of a metric alarm ``startDate``, ``period`` (seconds), ``threshold``,
        ``recentDatapoints``, ``evaluatedDatapoints``, …; of a composite one ``triggeringAlarms``. Raises DecodeError
        where it is no JSON."""
        return None if self.reason_data_raw is None else json_of(self.reason_data_raw, Any, "$.reasonData")

    @property
    def timestamp(self) -> datetime:
        """When the state was entered, or its reason changed."""
        return iso(self.timestamp_raw, "$.timestamp")


class Metric(Event, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """A metric."""

    namespace: str
    name: str
    dimensions: dict[str, str]
    """Values by their names; perhaps empty."""


class MetricStat(Event, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """A statistic of a metric."""

    metric: Metric
    period: int
    """Seconds."""
    stat: str
    """``Average``, ``Sum``, ``p99``, …"""
    unit: str | None = None
    """Absent where the alarm takes any."""


class MetricQuery(Event, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """One of the time series that an alarm looks at: a metric's, or an expression's."""

    id: str
    """The name that expressions have for it."""
    expression: str | None = None
    """Metric math (``m1/m2``, ``ANOMALY_DETECTION_BAND(m1, 2)``) or SQL of Metrics Insights (``SELECT …``)."""
    label: str | None = None
    metric_stat: MetricStat | None = None
    """Absent where there is an expression."""
    period: int | None = None
    """Seconds; of expressions."""
    account_id: str | None = None
    """Where the metric is another account's."""
    return_data: bool | None = None
    """Whether it is what the threshold is for; false for what expressions only read."""


class Configuration(Event, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """How an alarm is set up: ``metrics``, or the rule of a composite alarm and what goes with it."""

    description: str | None = None
    metrics: list[MetricQuery] | None = None
    alarm_rule: str | None = None
    """``ALARM(one) OR ALARM(other)``."""
    actions_suppressor: str | None = None
    """The name or ARN of the alarm that holds this one's actions back."""
    actions_suppressor_wait_period: int | None = None
    """Seconds to wait for the suppressor to go into ALARM."""
    actions_suppressor_extension_period: int | None = None
    """Seconds to wait after it has gone out of it."""


class AlarmContributor(Event, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """One of several time series that an alarm looks at each by itself."""

    id: str
    attributes: dict[str, str]
    """What the query groups by."""


class MuteDetail(Event, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """A rule that keeps the alarm's actions from being taken for a while."""

    muted_by_arn: str
    mute_window_start_raw: str = field(name="muteWindowStart")
    mute_window_end_raw: str = field(name="muteWindowEnd")

    @property
    def mute_window_start(self) -> datetime:
        return iso(self.mute_window_start_raw, "$.muteWindowStart")

    @property
    def mute_window_end(self) -> datetime:
        return iso(self.mute_window_end_raw, "$.muteWindowEnd")


class AlarmData(Event, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """An alarm that has changed its state."""

    alarm_name: str
    alarm_contributor: AlarmContributor | None = None
    """The time series whose state this is; absent where it is the alarm's own."""
    state: AlarmState
    previous_state: AlarmState | None = None
    """Absent where there is a contributor."""
    configuration: Configuration
    mute_detail: MuteDetail | None = None
    """Absent where no rule mutes the alarm."""


class AlarmStateChange(AlarmData, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """The ``detail`` of EventBridge's ``CloudWatch Alarm State Change`` and ``CloudWatch Alarm Contributor State
    Change``; the envelope has the alarm's ARN in ``resources``."""


class CloudWatchAlarmEvent(Event, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """An alarm whose action is the function."""

    source: str
    """``aws.cloudwatch``."""
    alarm_arn: str
    account_id: str
    time_raw: str = field(name="time")
    region: str
    alarm_data: AlarmData

    @property
    def time(self) -> datetime:
        """When the alarm changed its state."""
        return iso(self.time_raw, "$.time")


# What an alarm tells a topic: the same in other words.


class Dimension(Event, frozen=True, kw_only=True, omit_defaults=True):
    """A dimension of a metric."""

    value: str
    name: str


class TriggerMetric(Event, frozen=True, kw_only=True, omit_defaults=True, rename="pascal"):
    """A metric."""

    dimensions: list[Dimension]
    metric_name: str
    namespace: str


class TriggerMetricStat(Event, frozen=True, kw_only=True, omit_defaults=True, rename="pascal"):
    """A statistic of a metric."""

    metric: TriggerMetric
    period: int
    """Seconds."""
    stat: str
    """``Average``, ``Sum``, ``p99``, …"""
    unit: str | None | UnsetType = UNSET
    """Absent or null where the alarm takes any."""


class TriggerMetricQuery(Event, frozen=True, kw_only=True, omit_defaults=True, rename="pascal"):
    """One of the time series that an alarm looks at: a metric's, or an expression's."""

    id: str
    expression: str | None = None
    label: str | None = None
    metric_stat: TriggerMetricStat | None = None
    """Absent where there is an expression."""
    period: int | None = None
    """Seconds; of expressions."""
    account_id: str | None = None
    """Where the metric is another account's."""
    return_data: bool | None = None
    """Whether it is what the threshold is for."""


class Trigger(Event, frozen=True, kw_only=True, omit_defaults=True, rename="pascal"):
    """What the alarm looks at: one metric, or ``metrics`` where there are several or an expression."""

    metric_name: str | None = None
    namespace: str | None = None
    statistic_type: str | None = None
    """``Statistic`` or ``ExtendedStatistic``."""
    statistic: str | None = None
    """``AVERAGE``, ``SUM``, …"""
    extended_statistic: str | None = None
    """``p99``, …; where it is one."""
    unit: str | None | UnsetType = UNSET
    """Absent or null where the alarm takes any."""
    dimensions: list[Dimension] | None = None
    period: int | None = None
    """Seconds."""
    evaluation_periods: int | None = None
    """How many periods are looked at."""
    datapoints_to_alarm: int | None = None
    """How many of them must be over the threshold; all where it is absent."""
    comparison_operator: str | None = None
    """``GreaterThanThreshold``, …"""
    threshold: int | float | None = None
    threshold_metric_id: str | None = None
    """The band that takes the threshold's place in alarms of anomalies."""
    treat_missing_data: str | None = None
    """``missing``, ``ignore``, ``breaching``, ``notBreaching`` or empty; older messages say it in a line of text."""
    evaluate_low_sample_count_percentile: str | None | UnsetType = UNSET
    """``evaluate``, ``ignore`` or empty; of percentiles."""
    metrics: list[TriggerMetricQuery] | None = None


class ChildState(Event, frozen=True, kw_only=True, omit_defaults=True, rename="pascal"):
    """The state of an alarm in a composite one."""

    value: str
    """``OK``, ``ALARM`` or ``INSUFFICIENT_DATA``."""
    timestamp_raw: str = field(name="Timestamp")

    @property
    def timestamp(self) -> datetime:
        return iso(self.timestamp_raw, "$.Timestamp")


class TriggeringChild(Event, frozen=True, kw_only=True, omit_defaults=True, rename="pascal"):
    """An alarm whose change has changed the composite one."""

    arn: str
    state: ChildState


class SNSAlarm(Event, frozen=True, kw_only=True, omit_defaults=True, rename="pascal"):
    """The JSON in the message of a topic: ``SNSEvent[SNSAlarm]``."""

    alarm_name: str
    alarm_description: str | None | UnsetType = UNSET
    """Null where the alarm has none."""
    aws_account_id: str = field(name="AWSAccountId")
    alarm_configuration_updated_timestamp_raw: str | None = field(
        default=None, name="AlarmConfigurationUpdatedTimestamp")
    """Absent in older messages and of composite alarms."""
    new_state_value: str
    """``OK``, ``ALARM`` or ``INSUFFICIENT_DATA``."""
    new_state_reason: str | None | UnsetType = UNSET
    """In English."""
    state_change_time_raw: str = field(name="StateChangeTime")
    region: str
    """Its name for people: ``US East (Ohio)``."""
    alarm_arn: str
    old_state_value: str
    alarm_contributor_id: str | None = None
    """Of the time series whose state this is, where the alarm looks at several each by itself."""
    alarm_contributor_attributes: dict[str, str] | None = None
    """What the query groups by; as above."""
    action_executed_after_mute_window: bool | None = None
    """True: the alarm was muted when it changed, and speaks now. Absent in older messages."""
    ok_actions: list[str] | None = field(default=None, name="OKActions")
    """ARNs of what the alarm does when it goes into OK; absent in older messages, as the two below."""
    alarm_actions: list[str] | None = None
    insufficient_data_actions: list[str] | None = None
    trigger: Trigger | None = None
    """Absent of composite alarms, which have the two below."""
    alarm_rule: str | None = None
    """``ALARM(one) OR ALARM(other)``."""
    triggering_children: list[TriggeringChild] | None = None

    @property
    def alarm_configuration_updated_timestamp(self) -> datetime | None:
        """When the alarm was last set up."""
        return iso(self.alarm_configuration_updated_timestamp_raw, "$.AlarmConfigurationUpdatedTimestamp")

    @property
    def state_change_time(self) -> datetime:
        """When the alarm changed its state."""
        return iso(self.state_change_time_raw, "$.StateChangeTime")
