// The strongest peer: simdjson On-Demand walks an event of DynamoDB Streams into the buffers that Arrow columns have.
//
//   g++ -O3 -march=native -std=c++17 simdjson_dynamodb.cpp -lsimdjson -o simdjson_dynamodb
//   simdjson_dynamodb EVENT.json SECONDS
//
// In the two styles of simdjson_peer.h: the 11 columns of the envelope, and what stands in the key and in the images,
// by what its tag says it is. A column for each tag, not for each attribute, and numbers stay text: it is let off
// knowing a schema, and building numbers. Which images a record has differs: its loop is over the fields.
#include "simdjson_peer.h"

enum Tag { S, N, B, BOOL, NULL_, SS, NS, BS, L, M };

// A tag by its first letters; whatever is no tag is an error, as it must be.
static simdjson_inline Tag tag_of(string_view key) {
    if (key.size() == 1)
        switch (key[0]) {
        case 'S': return S;
        case 'N': return N;
        case 'M': return M;
        case 'L': return L;
        case 'B': return B;
        }
    else if (key == "SS") return SS;
    else if (key == "NS") return NS;
    else if (key == "BS") return BS;
    else if (key == "BOOL") return BOOL;
    else if (key == "NULL") return NULL_;
    throw std::runtime_error("tag");
}

static simdjson_inline Tag tag_of(ondemand::raw_json_string key) {
    const char *text = key.raw();  // ends in a quote, which no text of a tag has before its end
    size_t length = 1;
    while (length < 5 && text[length] != '"') length++;
    return tag_of(string_view(text, length));
}

template <class Style> struct Attributes {  // of all items, in the order in which they stand there
    using Text = typename Style::Text;
    Text name, string, number, binary;
    std::vector<uint8_t> tags, booleans;
    std::vector<int32_t> lengths;  // of sets, lists and maps, behind those of what is in them

    explicit Attributes(size_t n) : name(n), string(n), number(n), binary(n) {}

    void clear() {
        for (auto *one : {&name, &string, &number, &binary}) one->clear();
        tags.clear();
        booleans.clear();
        lengths.clear();
    }

    void append_map(ondemand::parser &parser, Value value) {
        int32_t length = 0;
        for (auto field : value.get_object()) {
            name.append(parser, Style::key(field));
            append(parser, field.value());
            length++;
        }
        lengths.push_back(length);
    }

    void append_list(ondemand::parser &parser, Value value) {
        int32_t length = 0;
        for (auto item : value.get_array()) {
            append(parser, item);
            length++;
        }
        lengths.push_back(length);
    }

    template <class Append> simdjson_inline void append_set(Value value, Append append_member) {
        int32_t length = 0;
        for (auto member : value.get_array()) {
            append_member(member);
            length++;
        }
        lengths.push_back(length);
    }

    simdjson_inline void append(ondemand::parser &parser, Value attribute) {
        for (auto field : attribute.get_object()) {
            Tag tag = tag_of(Style::key(field));
            tags.push_back(tag);
            switch (tag) {
            case S: string.append(parser, field.value()); break;
            case N: number.append(parser, field.value()); break;
            case B: binary.append_decoded(field.value()); break;
            case BOOL: booleans.push_back(field.value().get_bool()); break;
            case NULL_:
                if (!bool(field.value().get_bool())) throw std::runtime_error("NULL");
                break;
            case SS: append_set(field.value(), [&](Value member) { string.append(parser, member); }); break;
            case NS: append_set(field.value(), [&](Value member) { number.append(parser, member); }); break;
            case BS: append_set(field.value(), [&](Value member) { binary.append_decoded(member); }); break;
            case L: append_list(parser, field.value()); break;
            case M: append_map(parser, field.value()); break;
            }
        }
    }
};

template <class Style> struct Columns {
    typename Style::Text event_id, sequence_number;
    typename Style::Constant event_name, event_version, event_source, event_source_arn, aws_region, stream_view_type,
        identity_type, principal_id;
    std::vector<int64_t> approximate_creation_date_time, size_bytes;
    std::vector<int32_t> keys, new_image, old_image;  // where each begins in `lengths`, or -1
    Attributes<Style> attributes;

    explicit Columns(size_t n)
        : event_id(n), sequence_number(n), event_name(n), event_version(n), event_source(n), event_source_arn(n),
          aws_region(n), stream_view_type(n), identity_type(n), principal_id(n), attributes(n) {}

    void clear() {
        for (auto *one : {&event_id, &sequence_number}) one->clear();
        for (auto *one : {&event_name, &event_version, &event_source, &event_source_arn, &aws_region,
                          &stream_view_type, &identity_type, &principal_id})
            one->clear();
        for (auto *one : {&approximate_creation_date_time, &size_bytes}) one->clear();
        for (auto *one : {&keys, &new_image, &old_image}) one->clear();
        attributes.clear();
    }

    simdjson_inline void append_item(ondemand::parser &parser, std::vector<int32_t> &items, Value value) {
        items.push_back(int32_t(attributes.lengths.size()));
        attributes.append_map(parser, value);
    }

    simdjson_inline void append_change(ondemand::parser &parser, simdjson_result<ondemand::field> &field) {
        auto key = Style::key(field);
        if (key == "ApproximateCreationDateTime")
            approximate_creation_date_time.push_back(int64_t(double(field.value().get_double()) * 1e6 + 0.5));
        else if (key == "Keys") append_item(parser, keys, field.value());
        else if (key == "NewImage") append_item(parser, new_image, field.value());
        else if (key == "OldImage") append_item(parser, old_image, field.value());
        else if (key == "SequenceNumber") sequence_number.append(parser, field.value());
        else if (key == "SizeBytes") size_bytes.push_back(field.value().get_int64());
        else if (key == "StreamViewType") stream_view_type.append(parser, field.value());
    }

    void walk(ondemand::parser &parser, const padded_string &event) {
        clear();
        ondemand::document document = parser.iterate(event);
        for (ondemand::object record : document["Records"].get_array()) {
            event_id.append(parser, Style::get(record, "eventID"));
            event_name.append(parser, Style::get(record, "eventName"));
            event_version.append(parser, Style::get(record, "eventVersion"));
            event_source.append(parser, Style::get(record, "eventSource"));
            aws_region.append(parser, Style::get(record, "awsRegion"));
            for (auto field : Style::get(record, "dynamodb").get_object()) append_change(parser, field);
            event_source_arn.append(parser, Style::get(record, "eventSourceARN"));
            auto identity = record.find_field("userIdentity");  // the last key, if there: no search
            if (!identity.error()) {
                ondemand::object object = identity.get_object();
                identity_type.append(parser, Style::get(object, "type"));
                principal_id.append(parser, Style::get(object, "principalId"));
            }
            fill(event_id.rows(), identity_type, principal_id);
            for (auto *items : {&keys, &new_image, &old_image})
                if (items->size() < event_id.rows()) items->push_back(-1);
        }
    }

    void print(ondemand::parser &parser, const padded_string &event, double seconds) {
        print_laps("walk_ns", seconds, [&] { walk(parser, event); });
        print_sum("event_id", event_id);
        print_sum("event_name", event_name);
        print_sum("event_version", event_version);
        print_sum("event_source", event_source);
        print_sum("aws_region", aws_region);
        print_sum("event_source_arn", event_source_arn);
        print_sum("principal_id", principal_id);
        print_sum("approximate_creation_date_time", approximate_creation_date_time);
        print_sum("sequence_number", sequence_number);
        print_sum("size_bytes", size_bytes);
        print_sum("stream_view_type", stream_view_type);
        print_sum("keys", keys);
        print_sum("new_image", new_image);
        print_sum("old_image", old_image);
        print_sum("name", attributes.name);
        print_sum("string", attributes.string);
        print_sum("number", attributes.number);
        print_sum("binary", attributes.binary);
        print_sum("tags", attributes.tags);
        print_sum("booleans", attributes.booleans);
        print_sum("lengths", attributes.lengths);
    }
};

int main(int argc, char **argv) { return measure<Columns>(argc, argv); }
