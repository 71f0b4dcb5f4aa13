#!/usr/bin/env python3
"""Writes the tiny models of this folder that have linear attention, as make_folders.py does others.

    pip install torch transformers tokenizers safetensors numpy
    make_linear_attention.py [--out FOLDER] [NAME ...]        # default: the folder of this file, all of them
"""
import argparse
import pathlib

import transformers as t

from make_folders import COMMON, QWEN_2, byte_level, draw, named, save_decoder

QWEN_35 = (QWEN_2.replace(r"[^\r\n\p{L}\p{N}]?\p{L}+", r"[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+")
           .replace(r"[^\s\p{L}\p{N}]+[\r\n]*", r"[^\s\p{L}\p{M}\p{N}]+[\r\n]*"))
DELTA_NET = COMMON | dict(
    head_dim=16, num_hidden_layers=3, linear_num_key_heads=2, linear_num_value_heads=6, linear_key_head_dim=8,
    linear_value_head_dim=8, layer_types=["linear_attention", "full_attention", "linear_attention"])
EXPERTS = dict(num_experts=4, num_experts_per_tok=2, moe_intermediate_size=24, shared_expert_intermediate_size=40)
ROPE = dict(rope_type="default", rope_theta=100.0, partial_rotary_factor=0.25)
SECTIONS = ROPE | dict(mrope_section=[1, 1, 0], mrope_interleaved=True)


def qwen3next():
    return t.Qwen3NextForCausalLM, t.Qwen3NextConfig(**DELTA_NET, **EXPERTS, rope_parameters=ROPE)


def qwen35():
    return t.Qwen3_5ForCausalLM, t.Qwen3_5TextConfig(**DELTA_NET, tie_word_embeddings=True, rope_parameters=SECTIONS)


def qwen35moe():
    sizes = {name: value for name, value in DELTA_NET.items() if name != "intermediate_size"}
    return t.Qwen3_5MoeForCausalLM, t.Qwen3_5MoeTextConfig(
        **(sizes | dict(num_hidden_layers=2, layer_types=["full_attention", "linear_attention"])), **EXPERTS,
        rope_parameters=SECTIONS)


def qwen35_vision():
    layers = dict(num_hidden_layers=2, layer_types=["linear_attention", "full_attention"])
    text = t.Qwen3_5TextConfig(**(DELTA_NET | layers), rope_parameters=SECTIONS)
    vision = t.Qwen3_5VisionConfig(depth=1, hidden_size=16, intermediate_size=16, num_heads=2, out_hidden_size=32,
                                   num_position_embeddings=16)
    return t.Qwen3_5ForConditionalGeneration, t.Qwen3_5Config(
        text_config=text.to_dict(), vision_config=vision.to_dict(), tie_word_embeddings=False)


MODELS = {"qwen3next": (qwen3next, QWEN_2), "qwen35": (qwen35, QWEN_35), "qwen35moe": (qwen35moe, QWEN_35),
          "qwen35-vision": (qwen35_vision, QWEN_35)}


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--out", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent)
    arguments.add_argument("names", nargs="*", default=list(MODELS))
    options = arguments.parse_args()
    for seed, (name, (make, splitter)) in enumerate(MODELS.items(), 81):
        if name not in options.names:
            continue
        model = named(name, draw(*make(), seed))
        for part, values in model.named_parameters():
            if part.endswith("A_log"):  # decays between a few tokens and some tens
                values.data.uniform_(-4, 0)
            elif "norm.weight" in part and not part.endswith("linear_attn.norm.weight"):
                values.data.sub_(1)  # these are stored as their distance from 1
        save_decoder(model.half(), byte_level(splitter), options.out)


if __name__ == "__main__":
    main()
