"""What on_mismatch makes of a payload, said with the oracle's tree; and how the tests of it decode."""

import re
from collections import Counter

import events
import oracle
from oracle import step

from lambdarrow import kinesis


def decoded(spec, *texts, policy="rescue", **options):
    """The column `data` of one record a text."""
    loads = [text.encode() if isinstance(text, str) else text for text in texts]
    options = {"columns": ["data"], **options}
    return kinesis.to_arrow(events.event_of(*loads), payload=spec, on_mismatch=policy, **options)


def failed(batch):
    return [(failure.index, failure.reason) for failure in batch.failures]


class Rescue:
    """What a schema makes of one payload's tree: the value, what did not fit by path, and the paths without indices."""

    def __init__(self, text):
        self.text = text
        self.found = {}
        self.general = {}

    def lost(self, node, path, general):
        self.found[path] = self.text[node.start : node.end].decode()
        self.general[path] = general

    def value(self, spec, node, path="$", general="$"):
        if node.kind == "null":
            return None
        try:
            if isinstance(spec, list):
                return self.list(spec[0], node, path, general)
            if isinstance(spec, dict):
                return self.struct(spec, node, path, general)
            if spec.startswith("map<"):
                return self.map(re.fullmatch(r"map<utf8, (.+)>", spec)[1], node, path, general)
            if spec == "json":
                return self.text[node.start : node.end].decode()
            return oracle.word(spec).convert(node, self.text, path, [])
        except oracle.Wrong:
            self.lost(node, path, general)
            return None

    def list(self, item, node, path, general):
        if node.kind != "array":
            raise oracle.Wrong
        return [self.value(item, child, f"{path}[{at}]", general + "[]") for at, child in enumerate(node.value)]

    def struct(self, fields, node, path, general):
        if node.kind != "object":
            raise oracle.Wrong
        last = dict(node.value)
        return {
            name: self.value(inner, last[name], path + step(name), general + step(name)) if name in last else None
            for name, inner in fields.items()
        }

    def map(self, item, node, path, general):
        if node.kind != "object":
            raise oracle.Wrong
        for key, _ in node.value:
            oracle.text_of(oracle.Node("string", key, 0, 0))
        last = dict(node.value)
        return [(key, self.value(item, last[key], path + step(key), general + step(key))) for key in last]


def expected(spec, texts):
    """(the column, what is rescued a row, how often by general path)"""
    values, maps, counts = [], [], Counter()
    for text in map(str.encode, texts):
        rescue = Rescue(text)
        values.append(rescue.value(spec, oracle.parse(text)))
        maps.append(list(rescue.found.items()) or None)
        counts.update(rescue.general.values())
    return oracle.built(values, oracle.word(spec).type), maps, dict(counts)


