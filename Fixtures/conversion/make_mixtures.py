#!/usr/bin/env python3
"""Writes the folders of this folder that are mixtures of experts or have latent attention, as make_folders.py does others.

    pip install torch transformers tokenizers safetensors numpy
    make_mixtures.py [--out FOLDER] [NAME ...]        # default: the folder of this file, all of them
"""
import argparse
import pathlib

import safetensors.torch
import torch
import transformers as t

from make_folders import COMMON, LLAMA_3, QWEN_2, byte_level, draw, named, save_decoder

EXPERTS = dict(num_experts_per_tok=2, moe_intermediate_size=24)
LATENT = dict(q_lora_rank=12, kv_lora_rank=16, qk_nope_head_dim=12, qk_rope_head_dim=4, v_head_dim=8,
              num_key_value_heads=4)
DEEPSEEK = COMMON | EXPERTS | LATENT | dict(n_routed_experts=8, first_k_dense_replace=1, num_hidden_layers=3,
                                            rms_norm_eps=1e-6, routed_scaling_factor=1.5)
YARN = dict(rope_type="yarn", rope_theta=100.0, factor=4.0, original_max_position_embeddings=16, beta_fast=32.0,
            beta_slow=1.0)
FP4 = torch.tensor([0, 0.5, 1, 1.5, 2, 3, 4, 6, 0, -0.5, -1, -1.5, -2, -3, -4, -6])


def gpt_oss():
    sizes = COMMON | dict(intermediate_size=32, head_dim=16, num_hidden_layers=3)
    return t.GptOssForCausalLM, t.GptOssConfig(
        **sizes, num_local_experts=4, num_experts_per_tok=2, sliding_window=8, pad_token_id=0,
        rope_parameters=YARN | dict(truncate=False))


def deepseek_v2():
    return t.DeepseekV2ForCausalLM, t.DeepseekV2Config(
        **(DEEPSEEK | dict(q_lora_rank=None)), n_shared_experts=2, topk_method="group_limited_greedy", n_group=4,
        topk_group=2, rope_parameters=YARN | dict(mscale=0.707, mscale_all_dim=0.707))


def deepseek_v3():
    return t.DeepseekV3ForCausalLM, t.DeepseekV3Config(
        **DEEPSEEK, n_shared_experts=1, n_group=4, topk_group=2, norm_topk_prob=True, num_mtp_layers=0,
        rope_parameters=dict(rope_type="default", rope_theta=1e4))


def minicpm3():
    longrope = dict(rope_type="longrope", short_factor=[1.0, 1.1], long_factor=[1.5, 2.0], rope_theta=1e4,
                    original_max_position_embeddings=4, factor=1.0)
    sizes = COMMON | LATENT | dict(rms_norm_eps=1e-6)
    return t.MiniCPM3ForCausalLM, t.MiniCPM3Config(
        **sizes, scale_emb=12, scale_depth=1.4, dim_model_base=256, pad_token_id=0, rope_parameters=longrope)


def olmoe():
    return t.OlmoeForCausalLM, t.OlmoeConfig(**COMMON, num_experts=4, num_experts_per_tok=2, pad_token_id=0)


def granitemoe():
    return t.GraniteMoeSharedForCausalLM, t.GraniteMoeSharedConfig(
        **COMMON, num_local_experts=4, num_experts_per_tok=2, shared_intermediate_size=40, embedding_multiplier=0.5,
        residual_multiplier=0.8, attention_multiplier=0.3, logits_scaling=0.5, tie_word_embeddings=True)


def phimoe():
    return t.PhimoeForCausalLM, t.PhimoeConfig(
        **COMMON, num_local_experts=4, num_experts_per_tok=2, attention_bias=True, lm_head_bias=True, pad_token_id=0,
        rope_parameters=dict(rope_type="default", rope_theta=1e4))


def glm4moe():
    return t.Glm4MoeForCausalLM, t.Glm4MoeConfig(
        **(COMMON | EXPERTS), head_dim=16, n_routed_experts=4, n_shared_experts=1, first_k_dense_replace=1, n_group=1,
        topk_group=1, norm_topk_prob=True, routed_scaling_factor=1.5, use_qk_norm=True, attention_bias=True,
        rope_parameters=dict(rope_type="default", rope_theta=1e4, partial_rotary_factor=0.5))


def ernie():
    return t.Ernie4_5_MoeForCausalLM, t.Ernie4_5_MoeConfig(
        **(COMMON | dict(num_hidden_layers=4)), moe_num_experts=4, moe_k=2, moe_intermediate_size=24,
        moe_num_shared_experts=1, moe_layer_start_index=1, moe_layer_interval=2, moe_layer_end_index=3, pad_token_id=0,
        tie_word_embeddings=True)


def hunyuan():
    return t.HunYuanMoEV1ForCausalLM, t.HunYuanMoEV1Config(
        **COMMON, num_experts=4, moe_topk=2, head_dim=16, pad_token_id=0, tie_word_embeddings=True,
        rope_parameters=dict(rope_type="dynamic", rope_theta=1e4, factor=1.0, alpha=1000.0))


def dots1():
    return t.Dots1ForCausalLM, t.Dots1Config(
        **(COMMON | EXPERTS), n_routed_experts=4, n_shared_experts=2, first_k_dense_replace=1, n_group=1, topk_group=1,
        norm_topk_prob=True, routed_scaling_factor=2.5, head_dim=16)


def llama4():
    return t.Llama4ForCausalLM, t.Llama4TextConfig(
        **(COMMON | dict(num_hidden_layers=5, intermediate_size=24)), intermediate_size_mlp=48, num_local_experts=4,
        num_experts_per_tok=1, interleave_moe_layer_step=2, head_dim=16, attention_chunk_size=8, floor_scale=4,
        attn_scale=0.5, pad_token_id=0,
        rope_parameters=dict(rope_type="llama3", rope_theta=100.0, factor=8.0, low_freq_factor=1.0,
                             high_freq_factor=4.0, original_max_position_embeddings=16))


MODELS = {"gpt-oss": (gpt_oss, QWEN_2), "deepseek-v2": (deepseek_v2, LLAMA_3), "deepseek-v3": (deepseek_v3, LLAMA_3),
          "minicpm3": (minicpm3, LLAMA_3), "olmoe": (olmoe, QWEN_2), "granitemoe": (granitemoe, QWEN_2),
          "phimoe": (phimoe, LLAMA_3), "glm4moe": (glm4moe, LLAMA_3), "ernie4_5-moe": (ernie, LLAMA_3),
          "hunyuan-moe": (hunyuan, QWEN_2), "dots1": (dots1, QWEN_2), "llama4": (llama4, LLAMA_3)}


def mxfp4(values):
    """`[..., rows, columns]` to blocks `[..., rows, columns / 32, 16]`, scales, and what they stand for (OCP MX 1.0)."""
    groups = values.float().reshape(*values.shape[:-1], -1, 32)
    exponents = torch.floor(torch.log2(groups.abs().amax(-1).clamp(min=1e-30))) - 2
    scaled = groups / torch.exp2(exponents)[..., None]
    codes = (scaled[..., None] - FP4).abs().argmin(-1).to(torch.uint8)
    exact = (FP4[codes.long()] * torch.exp2(exponents)[..., None]).reshape(values.shape)
    return codes[..., ::2] | codes[..., 1::2] << 4, (exponents + 127).to(torch.uint8), exact


def save_packed(model, tokenizer, folder):
    """gpt-oss as it is published: experts in blocks of four-bit floats."""
    packed = {}
    with torch.no_grad():
        for name, values in model.named_parameters():
            if name.endswith(("gate_up_proj", "down_proj")) and "experts" in name:
                blocks, scales, exact = mxfp4(values.transpose(-1, -2))
                values.copy_(exact.transpose(-1, -2))
                packed[name] = {name + "_blocks": blocks.contiguous(), name + "_scales": scales.contiguous()}
    save_decoder(model, tokenizer, folder)
    path = folder / model.name / "model.safetensors"
    tensors = safetensors.torch.load_file(path)
    for name, parts in packed.items():
        del tensors[name]
        tensors |= parts
    safetensors.torch.save_file(tensors, path, {"format": "pt"})


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--out", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent)
    arguments.add_argument("names", nargs="*", default=[*MODELS, "gpt-oss-mxfp4"])
    options = arguments.parse_args()
    for seed, (name, (make, splitter)) in enumerate(MODELS.items(), 41):
        if name in options.names:
            model = named(name, draw(*make(), seed, torch.float16))
            for part, values in model.named_buffers():
                if part.endswith("correction_bias"):  # of experts, for choosing
                    values.copy_(torch.randn(values.shape) * 0.2)
            save_decoder(model, byte_level(splitter), options.out)
    if "gpt-oss-mxfp4" in options.names:
        save_packed(named("gpt-oss-mxfp4", draw(*gpt_oss(), 60, torch.bfloat16)), byte_level(QWEN_2), options.out)


if __name__ == "__main__":
    main()
