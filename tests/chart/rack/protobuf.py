"""Kubernetes' protobuf form of the few objects that helm and kubectl write so; the rest they write as JSON.

Field numbers: generated.proto of k8s.io/api and k8s.io/apimachinery. A field that is not here is an error.
"""

import base64

MAGIC = b"k8s\0"

META = {
    1: ("name", str), 2: ("generateName", str), 3: ("namespace", str), 5: ("uid", str), 6: ("resourceVersion", str),
    7: ("generation", int), 11: ("labels", {str: str}), 12: ("annotations", {str: str}),
    8: ("creationTimestamp", None), 17: ("managedFields", None), 4: ("selfLink", None),
}
OPTIONS = {
    1: ("gracePeriodSeconds", int), 2: ("preconditions", None), 3: ("orphanDependents", bool),
    4: ("propagationPolicy", str), 5: ("dryRun", None), 6: ("ignoreStoreReadErrorWithClusterBreakingPotential", None),
}
KINDS = {
    "Namespace": {1: ("metadata", META), 2: ("spec", None), 3: ("status", None)},
    "Secret": {1: ("metadata", META), 2: ("data", {str: bytes}), 3: ("type", str), 4: ("stringData", {str: str}),
               5: ("immutable", bool)},
    "ConfigMap": {1: ("metadata", META), 2: ("data", {str: str}), 3: ("binaryData", {str: bytes}),
                  4: ("immutable", bool)},
    "Eviction": {1: ("metadata", META), 2: ("deleteOptions", OPTIONS)},
    "DeleteOptions": OPTIONS,
    "Scale": {1: ("metadata", META), 2: ("spec", {1: ("replicas", int)}), 3: ("status", None)},
}


def read(data):
    """An object as its JSON would be."""
    unknown = message(data.removeprefix(MAGIC), {1: ("type", {1: ("apiVersion", str), 2: ("kind", str)}), 2: ("raw", None),
                                                  3: ("encoding", str), 4: ("contentType", str)}, keep=True)
    kind = unknown["type"]["kind"]
    return {**unknown["type"], **message(unknown["raw"], KINDS[kind])}


def fields(data):
    at = 0

    def number():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(data):
        tag = number()
        if tag & 7 == 0:
            yield tag >> 3, number()
        elif tag & 7 == 2:
            size = number()
            yield tag >> 3, data[at:at + size]
            at += size
        else:
            raise ValueError(f"a field of form {tag & 7}")


def message(data, form, keep=False):
    found = {}
    for field, value in fields(data):
        name, kind = form[field]
        if kind is None:
            if keep:
                found[name] = value
        elif isinstance(kind, dict) and set(kind) == {str}:
            pair = dict(fields(value))
            text = pair.get(2, b"")
            text = base64.b64encode(text).decode() if kind[str] is bytes else text.decode()
            found.setdefault(name, {})[pair[1].decode()] = text
        elif isinstance(kind, dict):
            found[name] = message(value, kind)
        elif kind is str:
            # Empty is as good as not there.
            if value:
                found[name] = value.decode()
        else:
            found[name] = kind(value)
    return found
