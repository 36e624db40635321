// What the simdjson peers share: two styles, the columns they fill, a clock, and sums to check them by.
//
// *Documented* is what simdjson's own pages show: object["key"], get_string(), and for each column a string to
// append to. *Tuned* uses all that the API has: the keys are asked for in AWS's order without a search, strings
// are unescaped straight to the tail of their column, a text equal to the previous record's is compared in
// place. Both find their buffers warm, and their input padded and loaded before the clock starts. Neither
// builds validity bitmaps: where a value is missing its text is empty.
#pragma once
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
using Value = simdjson_result<ondemand::value>;
// simdjson_inline on everything that takes a key or a Value: out of line, the walk takes twice as long.

struct Appended {  // documented: offsets and a string
    std::string bytes, decoded;
    std::vector<int32_t> offsets;
    explicit Appended(size_t length) : decoded(length, '\0') { clear(); }
    void clear() { bytes.clear(); offsets.assign(1, 0); }
    simdjson_inline void append(string_view text) {
        bytes.append(text);
        offsets.push_back(int32_t(bytes.size()));
    }
    simdjson_inline void append(ondemand::parser &, string_view text) { append(text); }
    simdjson_inline void append(ondemand::parser &, Value value) { append(value.get_string()); }
    simdjson_inline void append_decoded(Value value) {
        string_view text = value.get_string();
        auto *begin = reinterpret_cast<uint8_t *>(decoded.data()), *end = base64_decode(text, begin);
        if (!end) throw std::runtime_error("base64");
        append(string_view(decoded.data(), size_t(end - begin)));
    }
    void append_null() { append(string_view()); }
    size_t rows() const { return offsets.size() - 1; }
    string_view at(size_t row) const {
        return string_view(bytes).substr(size_t(offsets[row]), size_t(offsets[row + 1] - offsets[row]));
    }
};

struct Unescaped {  // tuned: the same, in one reservation as long as the input
    std::vector<uint8_t> bytes;
    std::vector<int32_t> offsets;
    uint8_t *tail;
    explicit Unescaped(size_t length) : bytes(length) { clear(); }
    void clear() { tail = bytes.data(); offsets.assign(1, 0); }
    simdjson_inline void append_null() { offsets.push_back(int32_t(tail - bytes.data())); }
    simdjson_inline void append(ondemand::parser &parser, ondemand::raw_json_string raw) {
        if (parser.unescape(raw, tail).error()) throw std::runtime_error("string");
        append_null();
    }
    simdjson_inline void append(ondemand::parser &parser, Value value) {
        append(parser, value.get_raw_json_string());
    }
    simdjson_inline void append_decoded(Value value) {
        tail = base64_decode(value.get_string(), tail);
        if (!tail) throw std::runtime_error("base64");
        append_null();
    }
    size_t rows() const { return offsets.size() - 1; }
    string_view at(size_t row) const {
        return {reinterpret_cast<const char *>(bytes.data()) + offsets[row],
                size_t(offsets[row + 1] - offsets[row])};
    }
};

struct Repeated {  // tuned: dictionary<int32, utf8>, a new entry where a text differs from the record before
    Unescaped values;
    std::vector<int32_t> codes;
    string_view last{};
    explicit Repeated(size_t length) : values(length) {}
    void clear() { values.clear(); codes.clear(); last = {}; }
    simdjson_inline void append(ondemand::parser &parser, Value value) {
        ondemand::raw_json_string raw = value.get_raw_json_string();
        if (last.empty() || !raw.unsafe_is_equal(last.size(), last)) {
            values.append(parser, raw);
            last = values.at(values.rows() - 1);
        }
        codes.push_back(int32_t(values.rows()) - 1);
    }
    void append_null() { codes.push_back(-1); }
    size_t rows() const { return codes.size(); }
    string_view at(size_t row) const {
        return codes[row] < 0 ? string_view() : values.at(size_t(codes[row]));
    }
};

struct Documented {
    static constexpr const char *name = "documented";
    using Text = Appended;
    using Constant = Appended;
    static simdjson_inline Value get(ondemand::object &object, string_view key) { return object[key]; }
    static simdjson_inline string_view key(simdjson_result<ondemand::field> &field) {
        return field.unescaped_key();
    }
};

struct Tuned {
    static constexpr const char *name = "tuned";
    using Text = Unescaped;
    using Constant = Repeated;
    static simdjson_inline Value get(ondemand::object &object, string_view key) {
        return object.find_field(key);
    }
    static simdjson_inline ondemand::raw_json_string key(simdjson_result<ondemand::field> &field) {
        return field.key();
    }
};

// A null for each column in which the row that was just read has no value.
template <class... Column> static simdjson_inline void fill(size_t rows, Column &...columns) {
    auto one = [rows](auto &column) { if (column.rows() < rows) column.append_null(); };
    (one(columns), ...);
}

// Median and best of a walk's laps, in nanoseconds. All that is printed continues a JSON object.
template <class Walk> static void print_laps(const char *name, double seconds, Walk walk) {
    using clock = std::chrono::steady_clock;
    for (int i = 0; i < 5; i++) walk();
    std::vector<long long> laps;
    auto end = clock::now() + std::chrono::duration<double>(seconds);
    while (clock::now() < end || laps.size() < 5) {
        auto begin = clock::now();
        walk();
        laps.push_back(std::chrono::nanoseconds(clock::now() - begin).count());
    }
    std::nth_element(laps.begin(), laps.begin() + laps.size() / 2, laps.end());
    long long median = laps[laps.size() / 2], best = *std::min_element(laps.begin(), laps.end());
    std::printf(", \"%s\": [%lld, %lld]", name, median, best);
}

// A sum that Python's zlib has too: the caller checks that what was timed read what the event holds.
template <class Text> static void print_sum(const char *name, const Text &column) {
    unsigned a = 1, b = 0;
    for (size_t row = 0; row < column.rows(); row++)
        for (uint8_t byte : column.at(row)) { a = (a + byte) % 65521; b = (b + a) % 65521; }
    std::printf(", \"%s\": %u", name, b << 16 | a);
}

template <class Number> static void print_sum(const char *name, const std::vector<Number> &numbers) {
    long long sum = 0;
    for (Number number : numbers) sum += number;
    std::printf(", \"%s\": %lld", name, sum);
}

template <template <class> class Columns, class Style>
static void print_style(ondemand::parser &parser, const padded_string &event, double seconds) {
    std::printf(", \"%s\": {\"bytes\": %zu", Style::name, event.size());
    Columns<Style>(event.size() + SIMDJSON_PADDING).print(parser, event, seconds);
    std::printf("}");
}

// The program: times what `Columns<Style>(length of the event)` does in its `print`, for each style.
template <template <class> class Columns> static int measure(int argc, char **argv) try {
    if (argc != 3) return std::fprintf(stderr, "usage: %s EVENT.json SECONDS\n", argv[0]), 2;
    padded_string event = padded_string::load(argv[1]);
    ondemand::parser parser;
    std::printf("{\"version\": \"%s\", \"implementation\": \"%s\", \"base64\": \"%s\"",
                SIMDJSON_STRINGIFY(SIMDJSON_VERSION), get_active_implementation()->name().c_str(), base64_name);
    print_style<Columns, Documented>(parser, event, std::atof(argv[2]));
    print_style<Columns, Tuned>(parser, event, std::atof(argv[2]));
    std::printf("}\n");
    return 0;
} catch (const std::exception &error) {
    return std::fprintf(stderr, "%s\n", error.what()), 1;
}
