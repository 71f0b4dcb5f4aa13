#!/usr/bin/env python3
"""Writes the folders of this folder that have state spaces by heads or layers of several kinds, as make_folders.py does others.

    pip install torch transformers tokenizers safetensors numpy
    make_hybrids.py [--out FOLDER] [NAME ...]        # default: the folder of this file, all of them
"""
import argparse
import pathlib

import torch
import transformers as t

from make_folders import COMMON, LLAMA_3, QWEN_2, byte_level, draw, named, save_decoder

SIZES = COMMON | dict(pad_token_id=0)
MAMBA = dict(mamba_n_heads=4, mamba_d_head=16, mamba_d_state=8, mamba_d_conv=4, mamba_expand=2, mamba_chunk_size=8)


def mamba2():
    return t.Mamba2ForCausalLM, t.Mamba2Config(
        vocab_size=COMMON["vocab_size"], hidden_size=32, num_hidden_layers=2, num_heads=4, head_dim=16, state_size=8,
        n_groups=2, chunk_size=8, layer_norm_epsilon=1e-4, tie_word_embeddings=True, bos_token_id=None, eos_token_id=287,
        pad_token_id=0)


def lfm2():
    return t.Lfm2ForCausalLM, t.Lfm2Config(
        **(SIZES | dict(num_hidden_layers=4, intermediate_size=72)), layer_types=["conv", "full_attention"] * 2,
        conv_L_cache=3, block_multiple_of=16, norm_eps=1e-4, tie_word_embeddings=True,
        rope_parameters=dict(rope_type="default", rope_theta=1e3))


def lfm2moe():
    return t.Lfm2MoeForCausalLM, t.Lfm2MoeConfig(
        **(SIZES | dict(num_hidden_layers=3)), layer_types=["conv", "full_attention", "conv"], num_dense_layers=1,
        num_experts=4, num_experts_per_tok=2, moe_intermediate_size=24, conv_L_cache=3, conv_bias=True,
        tie_word_embeddings=True, routed_scaling_factor=1.5, rope_parameters=dict(rope_type="default", rope_theta=1e3))


def falcon_h1():
    constants = dict(embedding_multiplier=0.5, lm_head_multiplier=0.75, key_multiplier=0.6, attention_in_multiplier=1.25,
                     attention_out_multiplier=0.9, ssm_in_multiplier=1.1, ssm_out_multiplier=0.8,
                     mlp_multipliers=[0.7, 1.3], ssm_multipliers=[0.9, 1.1, 0.8, 1.2, 0.5])
    return t.FalconH1ForCausalLM, t.FalconH1Config(
        **SIZES, **MAMBA, **constants, mamba_d_ssm=64, mamba_n_groups=2, mamba_rms_norm=True, mamba_norm_before_gate=False,
        head_dim=16, rope_parameters=dict(rope_type="default", rope_theta=1e3))


def falcon_h1_plain():
    """Without a norm of the state space's result, and tied."""
    return t.FalconH1ForCausalLM, t.FalconH1Config(
        **SIZES, **MAMBA, mamba_d_ssm=64, mamba_n_groups=1, mamba_rms_norm=False, lm_head_multiplier=0.5,
        tie_word_embeddings=True, rope_parameters=dict(rope_type="default", rope_theta=1e3))


GRANITE = SIZES | MAMBA | dict(
    num_hidden_layers=3, layer_types=["linear_attention", "full_attention", "linear_attention"], mamba_n_groups=2,
    shared_intermediate_size=40, embedding_multiplier=0.5, residual_multiplier=0.8, attention_multiplier=0.3,
    logits_scaling=0.5, tie_word_embeddings=True)


def granite_hybrid():
    return t.GraniteMoeHybridForCausalLM, t.GraniteMoeHybridConfig(
        **GRANITE, num_local_experts=4, num_experts_per_tok=2, position_embedding_type="nope")


def granite_hybrid_dense():
    return t.GraniteMoeHybridForCausalLM, t.GraniteMoeHybridConfig(
        **GRANITE, num_local_experts=0, num_experts_per_tok=0, position_embedding_type="rope",
        rope_parameters=dict(rope_type="default", rope_theta=1e3))


def granite_attention():
    """Attention in all layers: the file is a Granite's."""
    kinds = dict(num_hidden_layers=2, layer_types=["full_attention"] * 2)
    return t.GraniteMoeHybridForCausalLM, t.GraniteMoeHybridConfig(
        **(GRANITE | kinds), num_local_experts=0, num_experts_per_tok=0, position_embedding_type="rope",
        rope_parameters=dict(rope_type="default", rope_theta=1e3))


def nemotron(kinds):
    sizes = {key: value for key, value in SIZES.items() if key != "num_hidden_layers"}
    return t.NemotronHForCausalLM, t.NemotronHConfig(
        **sizes, layers_block_type=kinds, head_dim=16, ssm_state_size=8, mamba_num_heads=4, mamba_head_dim=12, n_groups=2,
        conv_kernel=4, chunk_size=8, n_routed_experts=4, num_experts_per_tok=2, moe_intermediate_size=24,
        moe_latent_size=16, moe_shared_expert_intermediate_size=40, routed_scaling_factor=1.5, layer_norm_epsilon=1e-4)


def nemotron_h():
    return nemotron(["linear_attention", "mlp", "full_attention", "mlp", "linear_attention"])


def nemotron_h_moe():
    return nemotron(["linear_attention", "moe", "full_attention", "moe"])


def jamba():
    return t.JambaForCausalLM, t.JambaConfig(
        **(SIZES | dict(num_hidden_layers=4)), attn_layer_period=2, attn_layer_offset=1, expert_layer_period=2,
        expert_layer_offset=0, num_experts=3, num_experts_per_tok=2, mamba_d_state=8, mamba_d_conv=4, mamba_expand=2,
        mamba_dt_rank=6, rms_norm_eps=1e-4)


MODELS = {"mamba2": (mamba2, QWEN_2), "lfm2": (lfm2, LLAMA_3), "lfm2moe": (lfm2moe, LLAMA_3),
          "falcon-h1": (falcon_h1, LLAMA_3), "falcon-h1-plain": (falcon_h1_plain, LLAMA_3),
          "granitehybrid": (granite_hybrid, QWEN_2), "granitehybrid-dense": (granite_hybrid_dense, QWEN_2),
          "nemotron_h": (nemotron_h, QWEN_2), "nemotron_h_moe": (nemotron_h_moe, QWEN_2), "jamba": (jamba, LLAMA_3),
          "granite4-attention": (granite_attention, QWEN_2)}


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--out", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent)
    arguments.add_argument("names", nargs="*", default=[*MODELS])
    options = arguments.parse_args()
    for seed, (name, (make, splitter)) in enumerate(MODELS.items(), 81):
        if name not in options.names:
            continue
        model = named(name, draw(*make(), seed, torch.float16))
        for part, values in model.named_buffers():
            if part.endswith(("correction_bias", "expert_bias")):  # of experts, for choosing
                values.copy_(torch.randn(values.shape) * 0.2)
        save_decoder(model, byte_level(splitter), options.out)


if __name__ == "__main__":
    main()
