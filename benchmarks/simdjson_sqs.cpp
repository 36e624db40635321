// The strongest peer: simdjson On-Demand walks an SQS event into the buffers that Arrow columns have.
//
//   g++ -O3 -march=native -std=c++17 simdjson_sqs.cpp -lsimdjson -o simdjson_sqs
//   simdjson_sqs EVENT.json SECONDS
//
// In the two styles of simdjson_peer.h: all 18 columns, the body unescaped as text. A key that may be missing
// would be searched for in the whole object; where there are such, both styles loop over the fields instead.
#include "simdjson_peer.h"

template <class Style> struct MessageAttributes {  // the children of a map, and of the two lists in it
    using Text = typename Style::Text;
    Text name, data_type, string_value, binary_value, string_list_items, binary_list_items;
    std::vector<int32_t> string_list_offsets, binary_list_offsets;

    explicit MessageAttributes(size_t n)
        : name(n), data_type(n), string_value(n), binary_value(n), string_list_items(n), binary_list_items(n) {}

    void clear() {
        for (auto *one : {&name, &data_type, &string_value, &binary_value, &string_list_items, &binary_list_items})
            one->clear();
        string_list_offsets.assign(1, 0);
        binary_list_offsets.assign(1, 0);
    }

    simdjson_inline void append(ondemand::parser &parser, simdjson_result<ondemand::field> &attribute) {
        name.append(parser, Style::key(attribute));
        for (auto field : attribute.value().get_object()) {
            auto key = Style::key(field);
            if (key == "stringValue") string_value.append(parser, field.value());
            else if (key == "stringListValues")
                for (auto item : field.value().get_array()) string_list_items.append(parser, item);
            else if (key == "binaryListValues")
                for (auto item : field.value().get_array()) binary_list_items.append_decoded(item);
            else if (key == "dataType") data_type.append(parser, field.value());
            else if (key == "binaryValue") binary_value.append_decoded(field.value());
        }
        fill(name.rows(), data_type, string_value, binary_value);
        string_list_offsets.push_back(int32_t(string_list_items.rows()));
        binary_list_offsets.push_back(int32_t(binary_list_items.rows()));
    }
};

template <class Style> struct Columns {
    typename Style::Text message_id, receipt_handle, body, md5_of_body, md5_of_message_attributes,
        sequence_number, message_group_id, message_deduplication_id, aws_trace_header;
    typename Style::Constant event_source, event_source_arn, aws_region, sender_id, dead_letter_queue_source_arn;
    std::vector<int32_t> approximate_receive_count;
    std::vector<int64_t> sent_timestamp, approximate_first_receive_timestamp;
    std::vector<int32_t> message_attributes;  // offsets
    MessageAttributes<Style> attributes;

    explicit Columns(size_t n)
        : message_id(n), receipt_handle(n), body(n), md5_of_body(n), md5_of_message_attributes(n),
          sequence_number(n), message_group_id(n), message_deduplication_id(n), aws_trace_header(n),
          event_source(n), event_source_arn(n), aws_region(n), sender_id(n), dead_letter_queue_source_arn(n),
          attributes(n) {}

    void clear() {
        for (auto *one : {&message_id, &receipt_handle, &body, &md5_of_body, &md5_of_message_attributes,
                          &sequence_number, &message_group_id, &message_deduplication_id, &aws_trace_header})
            one->clear();
        for (auto *one : {&event_source, &event_source_arn, &aws_region, &sender_id, &dead_letter_queue_source_arn})
            one->clear();
        approximate_receive_count.clear();
        sent_timestamp.clear();
        approximate_first_receive_timestamp.clear();
        message_attributes.assign(1, 0);
        attributes.clear();
    }

    // What the queue says of a message; the keys that all messages have come first.
    simdjson_inline void append_attribute(ondemand::parser &parser, simdjson_result<ondemand::field> &field) {
        auto key = Style::key(field);
        if (key == "ApproximateReceiveCount")
            approximate_receive_count.push_back(int32_t(int64_t(field.value().get_int64_in_string())));
        else if (key == "SentTimestamp") sent_timestamp.push_back(field.value().get_int64_in_string());
        else if (key == "SenderId") sender_id.append(parser, field.value());
        else if (key == "ApproximateFirstReceiveTimestamp")
            approximate_first_receive_timestamp.push_back(field.value().get_int64_in_string());
        else if (key == "MessageGroupId") message_group_id.append(parser, field.value());
        else if (key == "AWSTraceHeader") aws_trace_header.append(parser, field.value());
        else if (key == "SequenceNumber") sequence_number.append(parser, field.value());
        else if (key == "MessageDeduplicationId") message_deduplication_id.append(parser, field.value());
        else if (key == "DeadLetterQueueSourceArn") dead_letter_queue_source_arn.append(parser, field.value());
    }

    void walk(ondemand::parser &parser, const padded_string &event) {
        clear();
        ondemand::document document = parser.iterate(event);
        for (ondemand::object message : document["Records"].get_array()) {
            message_id.append(parser, Style::get(message, "messageId"));
            receipt_handle.append(parser, Style::get(message, "receiptHandle"));
            body.append(parser, Style::get(message, "body"));
            for (auto field : Style::get(message, "attributes").get_object()) append_attribute(parser, field);
            for (auto field : Style::get(message, "messageAttributes").get_object())
                attributes.append(parser, field);
            // AWS sends their digest if there are any: no search for it in all other messages.
            if (int32_t(attributes.name.rows()) > message_attributes.back())
                md5_of_message_attributes.append(parser, Style::get(message, "md5OfMessageAttributes"));
            message_attributes.push_back(int32_t(attributes.name.rows()));
            md5_of_body.append(parser, Style::get(message, "md5OfBody"));
            event_source.append(parser, Style::get(message, "eventSource"));
            event_source_arn.append(parser, Style::get(message, "eventSourceARN"));
            aws_region.append(parser, Style::get(message, "awsRegion"));
            fill(message_id.rows(), md5_of_message_attributes, sequence_number, message_group_id,
                 message_deduplication_id, aws_trace_header, sender_id, dead_letter_queue_source_arn);
        }
    }

    void print(ondemand::parser &parser, const padded_string &event, double seconds) {
        print_laps("envelope_ns", seconds, [&] { walk(parser, event); });
        print_sum("approximate_receive_count", approximate_receive_count);
        print_sum("sent_timestamp", sent_timestamp);
        print_sum("approximate_first_receive_timestamp", approximate_first_receive_timestamp);
        print_sum("message_id", message_id);
        print_sum("receipt_handle", receipt_handle);
        print_sum("body", body);
        print_sum("md5_of_body", md5_of_body);
        print_sum("md5_of_message_attributes", md5_of_message_attributes);
        print_sum("message_group_id", message_group_id);
        print_sum("aws_trace_header", aws_trace_header);
        print_sum("event_source_arn", event_source_arn);
        print_sum("sender_id", sender_id);
        print_sum("message_attributes", message_attributes);
        print_sum("attributes.name", attributes.name);
        print_sum("attributes.data_type", attributes.data_type);
        print_sum("attributes.string_value", attributes.string_value);
        print_sum("attributes.binary_value", attributes.binary_value);
    }
};

int main(int argc, char **argv) { return measure<Columns>(argc, argv); }
