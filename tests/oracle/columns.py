"""What the columns of sources that only unwrap AWS's own fields hold, said with json, base64 and datetime: where each
value stands in a record, as AWS's pages have it, and how it is read.
"""

import base64
import datetime as dt
import json
from urllib.parse import unquote_plus

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def text(value):
    assert isinstance(value, str)
    return value


def as_it_is(value):
    return value


def written(value):
    """Text of a scalar: a number or a truth value by what JSON has for it."""
    return value if isinstance(value, str) else json.dumps(value)


def ms(value):
    return _EPOCH + dt.timedelta(milliseconds=value)


def seconds(value):
    return _EPOCH + dt.timedelta(seconds=value)


def iso(value):
    return dt.datetime.fromisoformat(value)


def expiration(value):
    return None if value == 0 else ms(value)


def octets(values):
    return None if values is None else bytes(value % 256 for value in values)


def headers(values):
    return [None if one is None else {"name": name, "value": octets(value)}
            for one in values for name, value in (one or {None: None}).items()]


class Json:
    """A column of JSON text: what it says counts, not how it is written."""

    def __call__(self, value):
        return value


class JsonIn(Json):
    """The same, of JSON in a string."""

    def __call__(self, value):
        return json.loads(value)


def mapped(read):
    return lambda value: {key: None if one is None else read(one) for key, one in value.items()}


def listed(value):
    return value


def attribute(value):
    return {"type": value.get("Type"), "value": value.get("Value")}


data, plain_json, json_in = base64.b64decode, Json(), JsonIn()


def _camel(name):
    first, *others = name.split("_")
    return first + "".join(other.title() for other in others)


def _all(read, names, *path):
    """Columns that are called as their keys are, in Python's way."""
    return {name: ((*path, _camel(name)), read) for name in names.split()}


def _state(name):
    here = ("alarmData", _camel(name))
    return {f"{name}_{column}": ((*here, *path), read) for column, (path, read) in {
        **_all(text, "value reason actions_suppressed_by actions_suppressed_reason"), **_all(iso, "timestamp"),
        **_all(json_in, "reason_data")}.items()}


_RULE = {**_all(text, "id source account region version"), **_all(iso, "time"), **_all(listed, "resources"),
         "detail_type": (("detail-type",), text), "replay_name": (("replay-name",), text),
         "detail": (("detail",), plain_json)}
_CONTEXT = "requestContext"
_V2 = {
    **_all(text, "route_key raw_path raw_query_string body version"),
    **_all(as_it_is, "is_base64_encoded cookies"),
    **_all(mapped(text), "headers query_string_parameters path_parameters stage_variables"),
    **_all(text, "request_id account_id api_id stage domain_name domain_prefix", _CONTEXT),
    **_all(text, "method path protocol source_ip user_agent", _CONTEXT, "http"),
    **_all(plain_json, "authorizer authentication", _CONTEXT),
    "time_epoch": ((_CONTEXT, "timeEpoch"), ms),
    "time_raw": ((_CONTEXT, "time"), text),
}

# Of each source the keys that lead from a record to each column, and what reads the value there. "^" begins at the
# event and not at the record.
COLUMNS = {
    "apigateway": {
        **_all(text, "http_method resource path body version"),
        **_all(as_it_is, "is_base64_encoded"),
        **_all(mapped(text), "headers query_string_parameters path_parameters stage_variables"),
        **_all(mapped(listed), "multi_value_headers multi_value_query_string_parameters"),
        **_all(text, "request_id account_id api_id stage domain_name domain_prefix protocol resource_id resource_path "
                     "connection_id event_type route_key message_id disconnect_reason deployment_id operation_name "
                     "message_direction extended_request_id", _CONTEXT),
        **_all(ms, "request_time_epoch connected_at", _CONTEXT),
        **_all(as_it_is, "disconnect_status_code", _CONTEXT),
        **_all(plain_json, "authorizer identity", _CONTEXT),
        **_all(text, "source_ip user_agent", _CONTEXT, "identity"),
        "request_time_raw": ((_CONTEXT, "requestTime"), text),
    },
    "apigateway_v2": _V2,
    "function_url": _V2,
    "alb": {
        **_all(text, "http_method path body"),
        **_all(as_it_is, "is_base64_encoded"),
        **_all(mapped(text), "headers"),
        **_all(mapped(listed), "multi_value_headers"),
        "query_string_parameters_raw": (("queryStringParameters",), mapped(text)),
        "multi_value_query_string_parameters_raw": (("multiValueQueryStringParameters",), mapped(listed)),
        "target_group_arn": ((_CONTEXT, "elb", "targetGroupArn"), text),
    },
    "cognito": {
        **_all(text, "trigger_source user_pool_id region user_name"),
        **_all(written, "version"),
        **_all(plain_json, "request response"),
        **_all(mapped(written), "user_attributes", "request"),
        **_all(mapped(text), "client_metadata validation_data", "request"),
        **_all(text, "client_id aws_sdk_version", "callerContext"),
    },
    "cloudwatch": {
        **_all(text, "alarm_arn account_id region source"),
        **_all(iso, "time"),
        **_all(text, "alarm_name", "alarmData"),
        **_state("state"),
        **_state("previous_state"),
        **_all(text, "description alarm_rule actions_suppressor", "alarmData", "configuration"),
        **_all(as_it_is, "actions_suppressor_wait_period actions_suppressor_extension_period", "alarmData",
               "configuration"),
        **_all(plain_json, "metrics", "alarmData", "configuration"),
        "alarm_contributor_id": (("alarmData", "alarmContributor", "id"), text),
        "alarm_contributor_attributes": (("alarmData", "alarmContributor", "attributes"), mapped(text)),
        **_all(text, "muted_by_arn", "alarmData", "muteDetail"),
        **_all(iso, "mute_window_start mute_window_end", "alarmData", "muteDetail"),
    },
    "activemq": {
        **_all(text, "message_type type reply_to connection_id"),
        **_all(as_it_is, "redelivered persistent delivery_mode priority"),
        **_all(ms, "timestamp broker_in_time broker_out_time"),
        **_all(expiration, "expiration"),
        **_all(plain_json, "properties"),
        "message_id": (("messageID",), text),
        "correlation_id": (("correlationID",), text),
        "physical_name": (("destination", "physicalName"), text),
        "physicalname": (("destination", "physicalname"), text),
        "data": (("data",), data),
        "event_source": (("^", "eventSource"), text),
        "event_source_arn": (("^", "eventSourceArn"), text),
    },
    "rabbitmq": {
        **_all(text, "message_id content_type content_encoding type correlation_id reply_to user_id app_id cluster_id",
               "basicProperties"),
        **_all(as_it_is, "delivery_mode priority body_size", "basicProperties"),
        **_all(int, "expiration", "basicProperties"),
        "timestamp_raw": (("basicProperties", "timestamp"), text),
        "headers_raw": (("basicProperties", "headers"), plain_json),
        **_all(as_it_is, "redelivered"),
        "data": (("data",), data),
        "event_source": (("^", "eventSource"), text),
        "event_source_arn": (("^", "eventSourceArn"), text),
    },
    "documentdb": {
        "id": (("event", "_id", "_data"), text),
        "cluster_time": (("event", "clusterTime", "$timestamp", "t"), seconds),
        "cluster_time_increment": (("event", "clusterTime", "$timestamp", "i"), as_it_is),
        **_all(text, "operation_type", "event"),
        **_all(text, "db coll", "event", "ns"),
        **_all(plain_json, "document_key full_document update_description", "event"),
        "to_db": (("event", "to", "db"), text),
        "to_coll": (("event", "to", "coll"), text),
        "event_source": (("^", "eventSource"), text),
        "event_source_arn": (("^", "eventSourceArn"), text),
    },
    "kafka": {
        **_all(text, "topic timestamp_type"),
        **_all(as_it_is, "partition offset"),
        **_all(ms, "timestamp"),
        "key": (("key",), data),
        "value": (("value",), data),
        "headers": (("headers",), headers),
        "schema_id": (("valueSchemaMetadata", "schemaId"), text),
        "schema_format": (("valueSchemaMetadata", "dataFormat"), text),
        "key_schema_id": (("keySchemaMetadata", "schemaId"), text),
        "key_schema_format": (("keySchemaMetadata", "dataFormat"), text),
        "event_source": (("^", "eventSource"), text),
        "event_source_arn": (("^", "eventSourceArn"), text),
        "bootstrap_servers": (("^", "bootstrapServers"), text),
    },
    "eventbridge": _RULE,
    "scheduled": _RULE,
    "sns": {
        **{name: (("Sns", name.title().replace("_", "")), text) for name in (
            "message_id", "topic_arn", "subject", "message", "sequence_number", "type", "signature_version",
            "signature", "signing_cert_url", "unsubscribe_url")},
        "timestamp": (("Sns", "Timestamp"), iso),
        "message_attributes": (("Sns", "MessageAttributes"), mapped(attribute)),
        **{name: ((name.title().replace("_", ""),), text) for name in (
            "event_source", "event_version", "event_subscription_arn")},
    },
    "s3": {
        **_all(text, "event_version event_source aws_region event_name"),
        **_all(iso, "event_time"),
        "bucket_name": (("s3", "bucket", "name"), text),
        "bucket_owner": (("s3", "bucket", "ownerIdentity", "principalId"), text),
        "bucket_arn": (("s3", "bucket", "arn"), text),
        "configuration_id": (("s3", "configurationId"), text),
        "s3_schema_version": (("s3", "s3SchemaVersion"), text),
        "key": (("s3", "object", "key"), unquote_plus),
        "key_raw": (("s3", "object", "key"), text),
        "size": (("s3", "object", "size"), as_it_is),
        "e_tag": (("s3", "object", "eTag"), text),
        "version_id": (("s3", "object", "versionId"), text),
        "sequencer": (("s3", "object", "sequencer"), text),
        "principal_id": (("userIdentity", "principalId"), text),
        "source_ip_address": (("requestParameters", "sourceIPAddress"), text),
        "x_amz_request_id": (("responseElements", "x-amz-request-id"), text),
        "x_amz_id_2": (("responseElements", "x-amz-id-2"), text),
        **_all(plain_json, "glacier_event_data restore_event_data replication_event_data "
                           "intelligent_tiering_event_data lifecycle_event_data"),
    },
}


def records_of(source, event):
    """The records of an event, each with the key that its batch stands at, where batches have keys."""
    if source in ("kafka", "rabbitmq"):
        batches = event["records" if source == "kafka" else "rmqMessagesByQueue"]
        return [(record, key) for key, batch in batches.items() for record in batch]
    plain = {"activemq": "messages", "documentdb": "events", "sns": "Records", "s3": "Records"}
    return [(record, None) for record in (event[plain[source]] if source in plain else [event])]


def rows_of(source, event):
    """The rows of an event, all of their columns."""
    rows = []
    for record, key in records_of(source, event):
        row = {name: _column(event if path[0] == "^" else record, path, read)
               for name, (path, read) in COLUMNS[source].items()}
        if key is not None:
            row["topic_partition" if source == "kafka" else "queue"] = key
        rows.append(row)
    return rows


def _column(value, path, read):
    for step in path:
        if step != "^":
            value = value.get(step) if value is not None else None
    return None if value is None else read(value)


def comparable(source, row):
    """A row that was decoded, its JSON text as what it says."""
    read = {name: read for name, (_, read) in COLUMNS[source].items()}
    return {name: json.loads(value) if isinstance(read.get(name), Json) and value is not None else value
            for name, value in row.items()}
