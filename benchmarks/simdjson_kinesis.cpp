// The strongest peer: simdjson On-Demand walks a Kinesis event into the buffers that Arrow columns have.
//
//   g++ -O3 -march=native -std=c++17 simdjson_kinesis.cpp -lsimdjson -o simdjson_kinesis
//   simdjson_kinesis EVENT.json SECONDS
//
// In the two styles of simdjson_peer.h, each with `data` decoded and with `data` left as base64 text.
#include "simdjson_peer.h"

template <class Style> struct Columns {
    typename Style::Text partition_key, sequence_number, data, event_id;
    typename Style::Constant kinesis_schema_version, encryption_type, event_source, event_version, event_name,
        invoke_identity_arn, aws_region, event_source_arn;
    std::vector<int64_t> arrival;

    explicit Columns(size_t n)
        : partition_key(n), sequence_number(n), data(n), event_id(n), kinesis_schema_version(n),
          encryption_type(n), event_source(n), event_version(n), event_name(n), invoke_identity_arn(n),
          aws_region(n), event_source_arn(n) {}

    void clear() {
        for (auto *one : {&partition_key, &sequence_number, &data, &event_id}) one->clear();
        for (auto *one : {&kinesis_schema_version, &encryption_type, &event_source, &event_version, &event_name,
                          &invoke_identity_arn, &aws_region, &event_source_arn})
            one->clear();
        arrival.clear();
    }

    template <bool decode> void walk(ondemand::parser &parser, const padded_string &event) {
        clear();
        ondemand::document document = parser.iterate(event);
        for (ondemand::object record : document["Records"].get_array()) {
            ondemand::object kinesis = Style::get(record, "kinesis");
            kinesis_schema_version.append(parser, Style::get(kinesis, "kinesisSchemaVersion"));
            partition_key.append(parser, Style::get(kinesis, "partitionKey"));
            sequence_number.append(parser, Style::get(kinesis, "sequenceNumber"));
            if constexpr (decode) data.append_decoded(Style::get(kinesis, "data"));
            else data.append(parser, Style::get(kinesis, "data"));
            double seconds = Style::get(kinesis, "approximateArrivalTimestamp").get_double();
            arrival.push_back(int64_t(seconds * 1000 + 0.5));
            Value optional = kinesis.find_field("encryptionType");  // the last key, if there: no search
            if (!optional.error()) encryption_type.append(parser, optional);
            event_source.append(parser, Style::get(record, "eventSource"));
            event_version.append(parser, Style::get(record, "eventVersion"));
            event_id.append(parser, Style::get(record, "eventID"));
            event_name.append(parser, Style::get(record, "eventName"));
            invoke_identity_arn.append(parser, Style::get(record, "invokeIdentityArn"));
            aws_region.append(parser, Style::get(record, "awsRegion"));
            event_source_arn.append(parser, Style::get(record, "eventSourceARN"));
            fill(arrival.size(), encryption_type);
        }
    }

    void print(ondemand::parser &parser, const padded_string &event, double seconds) {
        print_laps("envelope_ns", seconds, [&] { walk<false>(parser, event); });
        print_laps("envelope_and_base64_ns", seconds, [&] { walk<true>(parser, event); });
        print_sum("approximate_arrival_timestamp", arrival);
        print_sum("partition_key", partition_key);
        print_sum("sequence_number", sequence_number);
        print_sum("data", data);
        print_sum("event_id", event_id);
        print_sum("event_name", event_name);
        print_sum("event_source_arn", event_source_arn);
    }
};

int main(int argc, char **argv) { return measure<Columns>(argc, argv); }
