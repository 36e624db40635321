// The strongest peer: a Kinesis event walked by simdjson On-Demand, into the buffers that Arrow columns have.
//
//   g++ -O3 -march=native -std=c++17 simdjson_kinesis.cpp -lsimdjson -o simdjson_kinesis
//   simdjson_kinesis EVENT.json SECONDS
//
// It is given every advantage that its API has: the keys are asked for in AWS's order (no search), strings are
// unescaped straight to the tail of their column (no second copy), a text equal to the previous record's is
// compared in place, all buffers are reserved once and warm, the input is padded and loaded before the clock starts.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <simdjson.h>
#include <stdexcept>
#include <string>
#include <vector>

#include "simdjson_base64.h"

using namespace simdjson;
using std::string_view;

struct Text {  // utf8 or binary: offsets and bytes
    std::vector<uint8_t> bytes;
    std::vector<int32_t> offsets;
    uint8_t *tail;
    explicit Text(size_t reservation) : bytes(reservation), offsets{} { clear(); }
    void clear() { tail = bytes.data(); offsets.assign(1, 0); }
    void close() { offsets.push_back(int32_t(tail - bytes.data())); }
    void append(ondemand::parser &parser, ondemand::raw_json_string raw) {
        if (parser.unescape(raw, tail).error()) throw std::runtime_error("string");
        close();
    }
};

struct Repeated {  // dictionary<int32, utf8>, new only where it differs from the record before
    Text values;
    std::vector<int32_t> codes;
    string_view last{};
    explicit Repeated(size_t reservation) : values(reservation) {}
    void clear() { values.clear(); codes.clear(); last = {}; }
    void append(ondemand::parser &parser, ondemand::raw_json_string raw) {
        if (last.empty() || !raw.unsafe_is_equal(last.size(), last)) {
            uint8_t *begin = values.tail;
            values.append(parser, raw);
            last = {reinterpret_cast<char *>(begin), size_t(values.tail - begin)};
        }
        codes.push_back(int32_t(values.offsets.size()) - 2);
    }
};

struct Columns {
    Text partition_key, sequence_number, data, event_id;
    Repeated schema_version, encryption_type, event_source, event_version, event_name, role, region, source_arn;
    std::vector<int64_t> arrival;
    explicit Columns(size_t n)
        : partition_key(n), sequence_number(n), data(n), event_id(n), schema_version(n), encryption_type(n),
          event_source(n), event_version(n), event_name(n), role(n), region(n), source_arn(n) {}
    void clear() {
        for (Text *text : {&partition_key, &sequence_number, &data, &event_id}) text->clear();
        for (Repeated *one : {&schema_version, &encryption_type, &event_source, &event_version, &event_name, &role,
                              &region, &source_arn})
            one->clear();
        arrival.clear();
    }
};

template <bool decode_base64>
static void walk(ondemand::parser &parser, const padded_string &event, Columns &c) {
    c.clear();
    ondemand::document document = parser.iterate(event);
    for (ondemand::object record : document.find_field("Records").get_array()) {
        ondemand::object kinesis = record.find_field("kinesis");
        c.schema_version.append(parser, kinesis.find_field("kinesisSchemaVersion").get_raw_json_string());
        c.partition_key.append(parser, kinesis.find_field("partitionKey").get_raw_json_string());
        c.sequence_number.append(parser, kinesis.find_field("sequenceNumber").get_raw_json_string());
        if (decode_base64) {
            string_view text = kinesis.find_field("data").get_string();
            uint8_t *end = base64_decode(text.data(), text.size(), c.data.tail);
            if (!end) throw std::runtime_error("base64");
            c.data.tail = end;
            c.data.close();
        } else {
            c.data.append(parser, kinesis.find_field("data").get_raw_json_string());
        }
        c.arrival.push_back(int64_t(kinesis.find_field("approximateArrivalTimestamp").get_double() * 1000 + 0.5));
        ondemand::raw_json_string encryption;
        if (!kinesis.find_field("encryptionType").get_raw_json_string().get(encryption))
            c.encryption_type.append(parser, encryption);
        else
            c.encryption_type.codes.push_back(-1);
        c.event_source.append(parser, record.find_field("eventSource").get_raw_json_string());
        c.event_version.append(parser, record.find_field("eventVersion").get_raw_json_string());
        c.event_id.append(parser, record.find_field("eventID").get_raw_json_string());
        c.event_name.append(parser, record.find_field("eventName").get_raw_json_string());
        c.role.append(parser, record.find_field("invokeIdentityArn").get_raw_json_string());
        c.region.append(parser, record.find_field("awsRegion").get_raw_json_string());
        c.source_arn.append(parser, record.find_field("eventSourceARN").get_raw_json_string());
    }
}

template <bool decode_base64>
static long long median_ns(ondemand::parser &parser, const padded_string &event, Columns &columns, double seconds) {
    using clock = std::chrono::steady_clock;
    for (int i = 0; i < 5; i++) walk<decode_base64>(parser, event, columns);
    std::vector<long long> laps;
    for (auto end = clock::now() + std::chrono::duration<double>(seconds); clock::now() < end || laps.size() < 5;) {
        auto begin = clock::now();
        walk<decode_base64>(parser, event, columns);
        laps.push_back(std::chrono::nanoseconds(clock::now() - begin).count());
    }
    std::nth_element(laps.begin(), laps.begin() + laps.size() / 2, laps.end());
    return laps[laps.size() / 2];
}

// A sum that Python's zlib has too: the caller checks that what was timed read what the event holds.
static unsigned adler32(const uint8_t *bytes, const uint8_t *end) {
    unsigned a = 1, b = 0;
    for (; bytes < end; bytes++) { a = (a + *bytes) % 65521; b = (b + a) % 65521; }
    return b << 16 | a;
}

int main(int argc, char **argv) try {
    if (argc != 3) return std::fputs("usage: simdjson_kinesis EVENT.json SECONDS\n", stderr), 2;
    padded_string event = padded_string::load(argv[1]);
    ondemand::parser parser;
    Columns c(event.size() + SIMDJSON_PADDING);
    long long envelope = median_ns<false>(parser, event, c, std::atof(argv[2]));
    long long decoded = median_ns<true>(parser, event, c, std::atof(argv[2]));
    long long arrivals = 0;
    for (int64_t ms : c.arrival) arrivals += ms;
    std::printf("{\"implementation\": \"%s\", \"version\": \"%s\", \"base64\": \"%s\", \"envelope_ns\": %lld, "
                "\"envelope_and_base64_ns\": %lld, \"records\": %zu, \"arrivals\": %lld, \"adler32\": {",
                get_active_implementation()->name().c_str(), SIMDJSON_STRINGIFY(SIMDJSON_VERSION), base64_name,
                envelope, decoded, c.arrival.size(), arrivals);
    const struct { const char *name; const Text &text; } read[] = {
        {"partition_key", c.partition_key}, {"sequence_number", c.sequence_number}, {"data", c.data},
        {"event_id", c.event_id}, {"kinesis_schema_version", c.schema_version.values},
        {"event_source", c.event_source.values}, {"event_version", c.event_version.values},
        {"event_name", c.event_name.values}, {"invoke_identity_arn", c.role.values},
        {"aws_region", c.region.values}, {"event_source_arn", c.source_arn.values}};
    const char *comma = "";
    for (auto &column : read) {
        std::printf("%s\"%s\": %u", comma, column.name, adler32(column.text.bytes.data(), column.text.tail));
        comma = ", ";
    }
    std::puts("}}");
} catch (const std::exception &error) {
    return std::fprintf(stderr, "%s\n", error.what()), 1;
}
