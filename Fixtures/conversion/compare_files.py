#!/usr/bin/env python3
"""Compares two GGUF files: keys, tensors' names, types, shapes and values.

    pip install gguf numpy
    compare_files.py FILE OTHER [--bytes]

Prints what differs, and for each type of tensor the largest difference of decoded values. Ends with 1 when a tensor is
missing, or differs in its name or shape; with --bytes also when tensors of one type differ in their bytes.
"""
import argparse
import sys

import gguf
import numpy as np


def keys(reader):
    return {name: field.contents() for name, field in reader.fields.items() if not name.startswith("GGUF.")}


def shortened(value):
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."


def compare_keys(one, other):
    for name in sorted(one.keys() | other.keys()):
        if name not in one:
            print(f"key only in OTHER: {name} = {shortened(other[name])}")
        elif name not in other:
            print(f"key only in FILE:  {name} = {shortened(one[name])}")
        elif one[name] != other[name]:
            print(f"key differs: {name}: {shortened(one[name])} / {shortened(other[name])}")


def compare_tensors(one, other, want_bytes):
    """The number of tensors that are not as they should be."""
    wrong = 0
    worst = {}
    same = 0
    for name in sorted(one.keys() | other.keys()):
        if name not in one or name not in other:
            print(f"tensor only in {'FILE' if name in one else 'OTHER'}: {name}")
            wrong += 1
            continue
        a, b = one[name], other[name]
        if a.shape.tolist() != b.shape.tolist():
            print(f"shape of {name}: {a.shape.tolist()} / {b.shape.tolist()}")
            wrong += 1
            continue
        types = f"{a.tensor_type.name} / {b.tensor_type.name}"
        if a.tensor_type == b.tensor_type and a.data.tobytes() == b.data.tobytes():
            same += 1
            continue
        if a.tensor_type == b.tensor_type and want_bytes:
            print(f"bytes differ: {name}")
            wrong += 1
        x, y = (gguf.quants.dequantize(t.data, t.tensor_type) for t in (a, b))
        scale = float(np.sqrt(np.mean(np.square(x, dtype=np.float64)))) or 1.0
        difference = float(np.sqrt(np.mean(np.square(x - y, dtype=np.float64)))) / scale
        worst[types] = max(worst.get(types, 0.0), difference)
    print(f"{same} tensors are the same, byte for byte")
    for types, difference in worst.items():
        print(f"{types}: relative difference up to {difference:.2e}")
    return wrong


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("file")
    arguments.add_argument("other")
    arguments.add_argument("--bytes", action="store_true", help="bytes of tensors of one type must be the same")
    arguments = arguments.parse_args()
    readers = [gguf.GGUFReader(path) for path in (arguments.file, arguments.other)]
    compare_keys(*(keys(reader) for reader in readers))
    tables = [{tensor.name: tensor for tensor in reader.tensors} for reader in readers]
    sys.exit(1 if compare_tensors(*tables, arguments.bytes) else 0)


if __name__ == "__main__":
    main()
