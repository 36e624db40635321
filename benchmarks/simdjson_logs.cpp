// The strongest peer: simdjson On-Demand and libdeflate take a CloudWatch Logs event to the buffers that Arrow columns
// have.
//
//   g++ -O3 -march=native -std=c++17 simdjson_logs.cpp -lsimdjson -ldeflate -o simdjson_logs
//   simdjson_logs EVENT.json SECONDS
//
// In the two styles of simdjson_peer.h: base64, inflating into one warm buffer, and the log events' 3 columns; what all
// rows share is read once and not repeated.
#include "simdjson_peer.h"

#include <cstring>
#include <libdeflate.h>
#include <type_traits>

template <class Style> struct Columns {
    typename Style::Text id, message;
    std::vector<int64_t> timestamp;
    std::vector<std::string> shared;
    std::vector<uint8_t> compressed, inflated;
    ondemand::parser inner;
    libdeflate_decompressor *inflater = libdeflate_alloc_decompressor();

    // An event inflates to a few times its length; its size says to how much.
    explicit Columns(size_t n) : id(8 * n), message(8 * n), compressed(n) {}

    void walk(ondemand::parser &parser, const padded_string &event) {
        id.clear();
        message.clear();
        timestamp.clear();
        shared.clear();
        ondemand::document document = parser.iterate(event);
        Value data = document["awslogs"]["data"];
        string_view text;
        if constexpr (std::is_same_v<Style, Tuned>) {  // in place: nothing is escaped in base64
            text = data.value().raw_json_token();
            text = text.substr(1, text.rfind('"') - 1);
        } else {
            text = data.get_string();
        }
        const uint8_t *end = base64_decode(text, compressed.data());
        if (!end) throw std::runtime_error("base64");
        uint32_t size;
        std::memcpy(&size, end - 4, 4);
        if (inflated.size() < size + SIMDJSON_PADDING) inflated.resize(size + SIMDJSON_PADDING);
        if (libdeflate_gzip_decompress(inflater, compressed.data(), size_t(end - compressed.data()), inflated.data(), size,
                                       nullptr) != LIBDEFLATE_SUCCESS)
            throw std::runtime_error("gzip");
        ondemand::document body =
            inner.iterate(reinterpret_cast<const char *>(inflated.data()), size, size + SIMDJSON_PADDING);
        ondemand::object object = body.get_object();
        for (const char *key : {"messageType", "owner", "logGroup", "logStream"})
            shared.emplace_back(string_view(Style::get(object, key)));
        for (auto filter : Style::get(object, "subscriptionFilters").get_array())
            shared.emplace_back(string_view(filter));
        for (ondemand::object one : Style::get(object, "logEvents").get_array()) {
            id.append(inner, Style::get(one, "id"));
            timestamp.push_back(Style::get(one, "timestamp").get_int64());
            message.append(inner, Style::get(one, "message"));
        }
    }

    void print(ondemand::parser &parser, const padded_string &event, double seconds) {
        print_laps("event_ns", seconds, [&] { walk(parser, event); });
        print_sum("id", id);
        print_sum("timestamp", timestamp);
        print_sum("message", message);
    }
};

int main(int argc, char **argv) { return measure<Columns>(argc, argv); }
