"""Pictures and weights from integer arithmetic alone, so that C++ and JavaScript tests make the very same ones."""

import numpy as np

MASK = 0xFFFFFFFF


def mix(value):
    """A 32-bit integer hash of uint64 values below 2**32 (two multiply-xorshift rounds)."""
    value = value & MASK
    value = ((value ^ (value >> np.uint64(15))) * np.uint64(0x2C1B3C6D)) & MASK
    value = ((value ^ (value >> np.uint64(12))) * np.uint64(0x297A2D39)) & MASK
    return value ^ (value >> np.uint64(15))


def picture(height, width, seed):
    """uint8 [height, width, 3]: a gradient for three quarters and noise for one."""
    y, x, c = np.meshgrid(
        np.arange(height, dtype=np.uint64),
        np.arange(width, dtype=np.uint64),
        np.arange(3, dtype=np.uint64),
        indexing="ij",
    )
    noise = mix(((y * np.uint64(width) + x) * np.uint64(3) + c) ^ mix(np.uint64(seed))) >> np.uint64(26)
    gradient = ((x * np.uint64(3) + y * np.uint64(2) + c * np.uint64(50) + np.uint64(seed * 7)) % np.uint64(256)) * np.uint64(3) // np.uint64(4)
    return (gradient + noise).astype(np.uint8)


def name_seed(name):
    """FNV-1a, 32 bits."""
    value = 2166136261
    for byte in name.encode():
        value = ((value ^ byte) * 16777619) & MASK
    return value


def parameter(name, shape):
    """float64: uniform in +-sqrt(6 / fan_in) (biases: +-0.25), every value exact in float32 before scaling."""
    size = int(np.prod(shape))
    uniform = (mix(np.arange(size, dtype=np.uint64) ^ np.uint64(name_seed(name))) >> np.uint64(8)).astype(np.float64)
    centred = (uniform / 2**23 - 1).astype(np.float32)
    bound = np.float32(np.sqrt(6 / np.prod(shape[1:]))) if len(shape) > 1 else np.float32(0.25)
    return (centred * bound).reshape(shape)
