"""Q1_0 and Q2_0 for the gguf package, which reads neither: import this before a file with them is opened.

Source: block_q1_0 and block_q2_0 of ggml-common.h.
"""
import gguf
import numpy as np

Type = gguf.GGMLQuantizationType


def _add_type(name, number):
    if name not in Type.__members__:
        member = int.__new__(Type, number)
        member._name_, member._value_ = name, number
        Type._member_map_[name] = Type._value2member_map_[number] = member
    return Type._member_map_[name]


Q1_0, Q2_0 = _add_type("Q1_0", 41), _add_type("Q2_0", 42)
_SIZES = {Q1_0: (128, 18), Q2_0: (64, 18)}
gguf.GGML_QUANT_SIZES.update(_SIZES)
_dequantize = gguf.quants.dequantize


def dequantize(data, kind):
    """Float32, in the shape of the rows."""
    if kind not in _SIZES:
        return _dequantize(data, kind)
    elements, size = _SIZES[kind]
    data = np.ascontiguousarray(data, np.uint8)
    blocks = data.reshape(-1, size)
    scales = blocks[:, :2].copy().view(np.float16).astype(np.float32)
    bits = np.unpackbits(blocks[:, 2:], axis=1, bitorder="little").astype(np.float32)
    quants = 2 * bits - 1 if kind == Q1_0 else bits[:, ::2] + 2 * bits[:, 1::2] - 1
    return (scales * quants).reshape(*data.shape[:-1], -1)


gguf.quants.dequantize = dequantize
