// The strongest peer: simdjson On-Demand walks a Kinesis event into the buffers that Arrow columns have.
//
//   g++ -O3 -march=native -std=c++17 simdjson_kinesis.cpp -lsimdjson -o simdjson_kinesis
//   simdjson_kinesis EVENT.json SECONDS
//
// Two programs in one. *Documented* is what simdjson's own pages show: object["key"], get_string(), and for
// each of the 13 columns a string to append to. *Tuned* uses all that the API has: the keys are asked for in
// AWS's order without a search, strings are unescaped straight to the tail of their column, a text equal to
// the previous record's is compared in place. Both find their buffers warm, and their input padded and loaded
// before the clock starts.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <simdjson.h>
#include <stdexcept>
#include <string>
#include <vector>

#include "simdjson_base64.h"

using namespace simdjson;
using std::string_view;
using Field = simdjson_result<ondemand::value>;
// simdjson_inline on everything that takes a key or a Field: out of line, the walk takes twice as long.

struct Appended {  // documented: offsets and a string
    std::string bytes, decoded;
    std::vector<int32_t> offsets;
    explicit Appended(size_t length) : decoded(length, '\0') { clear(); }
    void clear() { bytes.clear(); offsets.assign(1, 0); }
    simdjson_inline void append(string_view text) {
        bytes.append(text);
        offsets.push_back(int32_t(bytes.size()));
    }
    simdjson_inline void append(ondemand::parser &, Field field) { append(field.get_string()); }
    simdjson_inline void append_decoded(Field field) {
        string_view text = field.get_string();
        auto *begin = reinterpret_cast<uint8_t *>(decoded.data()), *end = base64_decode(text, begin);
        if (!end) throw std::runtime_error("base64");
        append(string_view(decoded.data(), size_t(end - begin)));
    }
    string_view all() const { return bytes; }
};

struct Unescaped {  // tuned: the same, in one reservation as long as the input
    std::vector<uint8_t> bytes;
    std::vector<int32_t> offsets;
    uint8_t *tail;
    explicit Unescaped(size_t length) : bytes(length) { clear(); }
    void clear() { tail = bytes.data(); offsets.assign(1, 0); }
    void close() { offsets.push_back(int32_t(tail - bytes.data())); }
    simdjson_inline void append(ondemand::parser &parser, ondemand::raw_json_string raw) {
        if (parser.unescape(raw, tail).error()) throw std::runtime_error("string");
        close();
    }
    simdjson_inline void append(ondemand::parser &parser, Field field) {
        append(parser, field.get_raw_json_string());
    }
    simdjson_inline void append_decoded(Field field) {
        tail = base64_decode(field.get_string(), tail);
        if (!tail) throw std::runtime_error("base64");
        close();
    }
    string_view all() const {
        return {reinterpret_cast<const char *>(bytes.data()), size_t(tail - bytes.data())};
    }
};

struct Repeated {  // tuned: dictionary<int32, utf8>, a new entry where a text differs from the record before
    Unescaped values;
    std::vector<int32_t> codes;
    string_view last{};
    explicit Repeated(size_t length) : values(length) {}
    void clear() { values.clear(); codes.clear(); last = {}; }
    simdjson_inline void append(ondemand::parser &parser, Field field) {
        ondemand::raw_json_string raw = field.get_raw_json_string();
        if (last.empty() || !raw.unsafe_is_equal(last.size(), last)) {
            values.append(parser, raw);
            auto begin = size_t(values.offsets[values.offsets.size() - 2]);
            last = values.all().substr(begin);
        }
        codes.push_back(int32_t(values.offsets.size()) - 2);
    }
    string_view all() const { return values.all(); }
};

template <class Text, class Constant> struct Columns {
    Text partition_key, sequence_number, data, event_id;
    Constant kinesis_schema_version, encryption_type, event_source, event_version, event_name,
        invoke_identity_arn, aws_region, event_source_arn;
    std::vector<int64_t> arrival;
    explicit Columns(size_t n)
        : partition_key(n), sequence_number(n), data(n), event_id(n), kinesis_schema_version(n),
          encryption_type(n), event_source(n), event_version(n), event_name(n), invoke_identity_arn(n),
          aws_region(n), event_source_arn(n) {}
    void clear() {
        for (Text *one : {&partition_key, &sequence_number, &data, &event_id}) one->clear();
        for (Constant *one : {&kinesis_schema_version, &encryption_type, &event_source, &event_version,
                              &event_name, &invoke_identity_arn, &aws_region, &event_source_arn})
            one->clear();
        arrival.clear();
    }
};
using Documented = Columns<Appended, Appended>;
using Tuned = Columns<Unescaped, Repeated>;

static simdjson_inline Field get(Documented &, ondemand::object &object, string_view key) {
    return object[key];
}
static simdjson_inline Field get(Tuned &, ondemand::object &object, string_view key) {
    return object.find_field(key);
}

template <bool decode, class C> static void walk(ondemand::parser &parser, const padded_string &event, C &c) {
    c.clear();
    ondemand::document document = parser.iterate(event);
    for (ondemand::object record : document["Records"].get_array()) {
        ondemand::object kinesis = get(c, record, "kinesis");
        c.kinesis_schema_version.append(parser, get(c, kinesis, "kinesisSchemaVersion"));
        c.partition_key.append(parser, get(c, kinesis, "partitionKey"));
        c.sequence_number.append(parser, get(c, kinesis, "sequenceNumber"));
        if constexpr (decode) c.data.append_decoded(get(c, kinesis, "data"));
        else c.data.append(parser, get(c, kinesis, "data"));
        double seconds = get(c, kinesis, "approximateArrivalTimestamp").get_double();
        c.arrival.push_back(int64_t(seconds * 1000 + 0.5));
        Field encryption_type = kinesis.find_field("encryptionType");  // the last key, if there: no search
        if (!encryption_type.error()) c.encryption_type.append(parser, encryption_type);
        c.event_source.append(parser, get(c, record, "eventSource"));
        c.event_version.append(parser, get(c, record, "eventVersion"));
        c.event_id.append(parser, get(c, record, "eventID"));
        c.event_name.append(parser, get(c, record, "eventName"));
        c.invoke_identity_arn.append(parser, get(c, record, "invokeIdentityArn"));
        c.aws_region.append(parser, get(c, record, "awsRegion"));
        c.event_source_arn.append(parser, get(c, record, "eventSourceARN"));
    }
}

struct Laps {
    long long median, best;
};

template <bool decode, class C>
static Laps timed(ondemand::parser &parser, const padded_string &event, C &columns, double seconds) {
    using clock = std::chrono::steady_clock;
    for (int i = 0; i < 5; i++) walk<decode>(parser, event, columns);
    std::vector<long long> laps;
    auto end = clock::now() + std::chrono::duration<double>(seconds);
    while (clock::now() < end || laps.size() < 5) {
        auto begin = clock::now();
        walk<decode>(parser, event, columns);
        laps.push_back(std::chrono::nanoseconds(clock::now() - begin).count());
    }
    std::nth_element(laps.begin(), laps.begin() + laps.size() / 2, laps.end());
    return {laps[laps.size() / 2], *std::min_element(laps.begin(), laps.end())};
}

// A sum that Python's zlib has too: the caller checks that what was timed read what the event holds.
static unsigned adler32(string_view text) {
    unsigned a = 1, b = 0;
    for (uint8_t byte : text) { a = (a + byte) % 65521; b = (b + a) % 65521; }
    return b << 16 | a;
}

template <class C>
static void report(const char *name, ondemand::parser &parser, const padded_string &event, double seconds) {
    C c(event.size() + SIMDJSON_PADDING);
    Laps envelope = timed<false>(parser, event, c, seconds);
    Laps decoded = timed<true>(parser, event, c, seconds);
    long long arrivals = 0;
    for (int64_t ms : c.arrival) arrivals += ms;
    std::printf("\"%s\": {\"envelope_ns\": [%lld, %lld], \"envelope_and_base64_ns\": [%lld, %lld], ", name,
                envelope.median, envelope.best, decoded.median, decoded.best);
    std::printf("\"records\": %zu, \"arrivals\": %lld, \"partition_key\": %u, \"sequence_number\": %u, "
                "\"data\": %u, \"event_id\": %u}, ",
                c.arrival.size(), arrivals, adler32(c.partition_key.all()), adler32(c.sequence_number.all()),
                adler32(c.data.all()), adler32(c.event_id.all()));
}

int main(int argc, char **argv) try {
    if (argc != 3) return std::fputs("usage: simdjson_kinesis EVENT.json SECONDS\n", stderr), 2;
    padded_string event = padded_string::load(argv[1]);
    ondemand::parser parser;
    std::printf("{");
    report<Documented>("documented", parser, event, std::atof(argv[2]));
    report<Tuned>("tuned", parser, event, std::atof(argv[2]));
    std::printf("\"version\": \"%s\", \"implementation\": \"%s\", \"base64\": \"%s\"}\n",
                SIMDJSON_STRINGIFY(SIMDJSON_VERSION), get_active_implementation()->name().c_str(),
                base64_name);
} catch (const std::exception &error) {
    return std::fprintf(stderr, "%s\n", error.what()), 1;
}
