#!/usr/bin/env python3
"""Runs llama.cpp on llama-f32 with other rotary embeddings than the file's, and writes rope.json.

    pip install llama-cpp-python gguf numpy
    make_rope.py
"""
import json
import pathlib

import llama_cpp

from reference import Reference, VERSIONS

HERE = pathlib.Path(__file__).resolve().parent
IDS = [1] + [(37 * i * i + 11 * i) % 280 + 3 for i in range(1, 48)]
LINEAR, YARN, NONE = (getattr(llama_cpp, f"LLAMA_ROPE_SCALING_TYPE_{n}") for n in ("LINEAR", "YARN", "NONE"))
# What Swiftlet is asked for, and llama.cpp.
CASES = (
    ({"scale": 4.0}, dict(rope_scaling_type=LINEAR, rope_freq_scale=0.25)),
    ({"scaling": "yarn", "scale": 4.0, "original": 16}, dict(rope_scaling_type=YARN, rope_freq_scale=0.25, yarn_orig_ctx=16)),
    ({"scaling": "yarn", "scale": 2.0, "original": 1000, "base": 500.0},
     dict(rope_scaling_type=YARN, rope_freq_scale=0.5, yarn_orig_ctx=1000, rope_freq_base=500.0)),
    ({"base": 300.0}, dict(rope_freq_base=300.0)),
    ({"scaling": "none"}, dict(rope_scaling_type=NONE)),
)


def main():
    cases = []
    for asked, settings in CASES:
        with Reference(HERE.parent / "models/llama-f32.gguf", **settings) as model:
            row = model.logits(IDS)[-1]
        cases.append(asked | {"logits": [float(f"{x:.7g}") for x in row]})
    lines = ",\n    ".join(map(json.dumps, cases))
    (HERE / "rope.json").write_text(
        f'{{\n  "versions": {json.dumps(VERSIONS)},\n  "ids": {IDS},\n  "cases": [\n    {lines}\n  ]\n}}\n')


if __name__ == "__main__":
    main()
