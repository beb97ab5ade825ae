"""Reads what a conversion needs from a TensorFlow Lite file: the graph, with dequantised weights of its convolutions.

A .tflite file is a FlatBuffer (https://flatbuffers.dev/internals) of the schema tensorflow/lite/schema/schema.fbs; the field
numbers below are that schema's."""

import struct

import numpy as np

# BuiltinOperator
ADD, AVERAGE_POOL_2D, CONV_2D, DEPTHWISE_CONV_2D, MEAN = 0, 1, 3, 4, 40
TYPES = {0: "<f4", 2: "<i4", 3: "u1", 9: "i1"}  # TensorType: FLOAT32, INT32, UINT8, INT8


class Table:
    """One FlatBuffer table: field number -> place of its value."""

    def __init__(self, buffer, position):
        self.buffer, self.position = buffer, position
        vtable = position - struct.unpack_from("<i", buffer, position)[0]
        size = struct.unpack_from("<H", buffer, vtable)[0]
        self.offsets = struct.unpack_from(f"<{(size - 4) // 2}H", buffer, vtable + 4)

    def place(self, field):
        offset = self.offsets[field] if field < len(self.offsets) else 0
        return self.position + offset if offset else None

    def scalar(self, field, kind, default=0):
        place = self.place(field)
        return default if place is None else struct.unpack_from("<" + kind, self.buffer, place)[0]

    def follow(self, place):
        return place + struct.unpack_from("<I", self.buffer, place)[0]

    def table(self, field):
        place = self.place(field)
        return None if place is None else Table(self.buffer, self.follow(place))

    def array(self, field, dtype):
        place = self.place(field)
        if place is None:
            return np.zeros(0, dtype)
        start = self.follow(place)
        return np.frombuffer(self.buffer, dtype, struct.unpack_from("<I", self.buffer, start)[0], start + 4)

    def tables(self, field):
        place = self.place(field)
        if place is None:
            return []
        start = self.follow(place)
        count = struct.unpack_from("<I", self.buffer, start)[0]
        return [Table(self.buffer, self.follow(start + 4 + 4 * index)) for index in range(count)]


def dequantised(tensor, buffers):
    """real = scale * (stored - zero point), per tensor or along the quantised dimension."""
    kind = tensor.scalar(1, "b")
    stored = np.frombuffer(buffers[tensor.scalar(2, "I")].array(0, "u1").tobytes(), TYPES[kind])
    stored = stored.reshape(tensor.array(0, "<i4"))
    quantization = tensor.table(4)
    scale = quantization.array(2, "<f4") if quantization else np.zeros(0)
    if scale.size == 0:
        return stored.astype(np.float32)
    along = [1] * stored.ndim
    if scale.size > 1:
        along[quantization.scalar(6, "i")] = scale.size
    zero = quantization.array(3, "<i8").reshape(along)
    return ((stored.astype(np.float64) - zero) * scale.astype(np.float64).reshape(along)).astype(np.float32)


def operators(path):
    """The graph in order of execution: [{"kind", "inputs", "outputs"}] with tensor numbers, and for convolutions also "weight"
    and "bias" (dequantised; weights [out, in/groups, kh, kw]), "stride", "same" and "relu6"."""
    with open(path, "rb") as file:
        buffer = file.read()
    if buffer[4:8] != b"TFL3":
        raise SystemExit(f"{path} is not a TensorFlow Lite file")
    model = Table(buffer, struct.unpack_from("<I", buffer, 0)[0])
    codes = [max(code.scalar(0, "b"), code.scalar(3, "i")) for code in model.tables(1)]
    graph, buffers = model.tables(2)[0], model.tables(4)
    tensors = graph.tables(0)
    found = []
    for operator in graph.tables(3):
        kind = codes[operator.scalar(0, "I")]
        entry = {
            "kind": kind,
            "inputs": operator.array(1, "<i4").tolist(),
            "outputs": operator.array(2, "<i4").tolist(),
        }
        if kind in (CONV_2D, DEPTHWISE_CONV_2D):
            entry |= convolution(operator, kind, tensors, buffers)
        found.append(entry)
    return found


def convolution(operator, kind, tensors, buffers):
    _, weight, bias = operator.array(1, "<i4")
    values = dequantised(tensors[weight], buffers)
    # Ordinary: [out, kh, kw, in]; depthwise: [1, kh, kw, channels].
    values = values.transpose(3, 0, 1, 2) if kind == DEPTHWISE_CONV_2D else values.transpose(0, 3, 1, 2)
    options = operator.table(4)
    return {
        "weight": np.ascontiguousarray(values),
        "bias": dequantised(tensors[bias], buffers),
        "stride": options.scalar(1, "i"),
        "same": options.scalar(0, "b") == 0,
        "relu6": options.scalar(4 if kind == DEPTHWISE_CONV_2D else 3, "b") == 3,
    }
