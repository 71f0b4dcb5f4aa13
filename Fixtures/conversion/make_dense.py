#!/usr/bin/env python3
"""Writes tiny dense decoders as transformers saves them, and what they must compute. See make_folders.py.

    pip install torch transformers tokenizers safetensors numpy
    make_dense.py [--out FOLDER] [NAME ...]        # default: the folder of this file, all
"""
import argparse
import json
import pathlib
import re

import torch
import transformers as t
from safetensors.torch import load_file, save_file

from make_folders import byte_level, COMMON, draw, LLAMA_3, named, save_decoder

PLAIN = COMMON | dict(pad_token_id=0)
GPT = dict(vocab_size=288, n_embd=32, n_layer=2, n_head=4, n_positions=64, bos_token_id=287, eos_token_id=287)
VISION = dict(depth=1, hidden_size=16, embed_dim=16, num_heads=2, intermediate_size=16, out_hidden_size=32)
YARN = dict(rope_type="yarn", rope_theta=1e3, factor=4.0, original_max_position_embeddings=16)


def plain_models():
    """Names, classes and configurations: LayerNorm, and a feed-forward without gate."""
    yield "phi2", t.PhiForCausalLM, t.PhiConfig(**(PLAIN | dict(hidden_size=64)), partial_rotary_factor=0.5)
    falcon = dict(vocab_size=288, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, ffn_hidden_size=48,
                  max_position_embeddings=64, bos_token_id=287, eos_token_id=287)
    yield "falcon", t.FalconForCausalLM, t.FalconConfig(**falcon)
    yield "falcon-40b", t.FalconForCausalLM, t.FalconConfig(
        **falcon, new_decoder_architecture=True, num_kv_heads=2, tie_word_embeddings=False)
    yield "gptneox", t.GPTNeoXForCausalLM, t.GPTNeoXConfig(**PLAIN, rotary_pct=0.25, rotary_emb_base=100.0)
    yield "gptneox-sequential", t.GPTNeoXForCausalLM, t.GPTNeoXConfig(
        **PLAIN, rotary_pct=0.5, use_parallel_residual=False)
    yield "nemotron", t.NemotronForCausalLM, t.NemotronConfig(**PLAIN, partial_rotary_factor=0.5)
    yield "bloom", t.BloomForCausalLM, t.BloomConfig(
        vocab_size=288, hidden_size=48, n_layer=2, n_head=6, bos_token_id=287, eos_token_id=287)
    yield "mpt", t.MptForCausalLM, t.MptConfig(
        vocab_size=288, d_model=48, n_layers=2, n_heads=6, max_seq_len=64, expansion_ratio=4,
        attn_config=dict(clip_qkv=0.5), eos_token_id=287)
    yield "starcoder", t.GPTBigCodeForCausalLM, t.GPTBigCodeConfig(**GPT)
    yield "starcoder-heads", t.GPTBigCodeForCausalLM, t.GPTBigCodeConfig(**GPT, multi_query=False)
    yield "gptj", t.GPTJForCausalLM, t.GPTJConfig(**GPT, rotary_dim=4)


def gated_models():
    """The same of descendants of Llama."""
    yield "command-r", t.CohereForCausalLM, t.CohereConfig(**PLAIN, use_qk_norm=True, logit_scale=0.5, rope_theta=1e3)
    yield "cohere2", t.Cohere2ForCausalLM, t.Cohere2Config(
        **(PLAIN | dict(num_hidden_layers=4)), logit_scale=2.0, sliding_window=8, rope_theta=1e3)
    yield "exaone", t.LlamaForCausalLM, t.LlamaConfig(
        **PLAIN, rope_theta=100.0, rms_norm_eps=1e-3, rope_scaling=dict(
            rope_type="llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
            original_max_position_embeddings=16))
    yield "exaone4", t.Exaone4ForCausalLM, t.Exaone4Config(
        **(PLAIN | dict(num_hidden_layers=3)), sliding_window=8, rope_theta=1e3,
        layer_types=["sliding_attention", "full_attention", "sliding_attention"])
    yield "glm4", t.Glm4ForCausalLM, t.Glm4Config(**PLAIN, head_dim=16)
    yield "glm", t.GlmForCausalLM, t.GlmConfig(**PLAIN, head_dim=16)
    yield "stablelm", t.StableLmForCausalLM, t.StableLmConfig(**PLAIN, partial_rotary_factor=0.5, use_qkv_bias=True)
    yield "stablelm-parallel", t.StableLmForCausalLM, t.StableLmConfig(
        **PLAIN, use_parallel_residual=True, qk_layernorm=True)
    yield "olmo", t.OlmoForCausalLM, t.OlmoConfig(**PLAIN, clip_qkv=0.5)
    yield "seed-oss", t.SeedOssForCausalLM, t.SeedOssConfig(**PLAIN, head_dim=16, attention_out_bias=True)
    yield "ernie4_5", t.Ernie4_5ForCausalLM, t.Ernie4_5Config(**PLAIN, head_dim=16, rope_theta=1e3, use_bias=True)
    yield "hunyuan-dense", t.HunYuanDenseV1ForCausalLM, t.HunYuanDenseV1Config(
        **PLAIN, head_dim=16, rope_parameters=dict(rope_type="dynamic", rope_theta=1e3, alpha=50.0, factor=1.0))
    yield "mistral3", t.Ministral3ForCausalLM, t.Ministral3Config(
        **PLAIN, head_dim=16, rope_parameters=YARN | dict(
            beta_fast=2.0, beta_slow=0.5, mscale=1.0, mscale_all_dim=0.5, llama_4_scaling_beta=0.3))
    text = PLAIN | dict(head_dim=16, tie_word_embeddings=False)
    yield "qwen2vl", t.Qwen2VLForConditionalGeneration, t.Qwen2VLConfig(
        text_config=PLAIN | dict(rope_parameters=dict(rope_type="default", rope_theta=1e3, mrope_section=[1, 1, 2])),
        vision_config=VISION | dict(hidden_size=32))
    yield "qwen3vl", t.Qwen3VLForConditionalGeneration, t.Qwen3VLConfig(
        text_config=text | dict(rope_parameters=dict(rope_type="default", rope_theta=1e3, mrope_section=[4, 2, 2])),
        vision_config=VISION | dict(deepstack_visual_indexes=[0], num_position_embeddings=16), tie_word_embeddings=False)


def published_models():
    """Classes that transformers lacks, as others of its models by other names."""
    yield "internlm2", t.LlamaForCausalLM, t.LlamaConfig(**PLAIN, rope_theta=1e3)
    yield "minicpm", t.GraniteForCausalLM, t.GraniteConfig(
        **PLAIN, embedding_multiplier=0.5, residual_multiplier=1.4 / 2 ** 0.5, attention_multiplier=8 ** -0.5,
        logits_scaling=2.0, tie_word_embeddings=True)
    yield "xverse", t.LlamaForCausalLM, t.LlamaConfig(**PLAIN, rope_theta=1e3)
    yield "orion", t.StableLmForCausalLM, t.StableLmConfig(**PLAIN, partial_rotary_factor=1.0)


EXAONE = {r"^model\.embed_tokens\.": "transformer.wte.", r"^model\.layers\.": "transformer.h.",
          r"^model\.norm\.": "transformer.ln_f.", r"\.self_attn\.o_proj\.": ".self_attn.out_proj.",
          r"\.self_attn\.": ".attn.attention.", r"\.input_layernorm\.": ".ln_1.",
          r"\.post_attention_layernorm\.": ".ln_2.", r"\.mlp\.gate_proj\.": ".mlp.c_fc_0.",
          r"\.mlp\.up_proj\.": ".mlp.c_fc_1.", r"\.mlp\.down_proj\.": ".mlp.c_proj."}
INTERNLM = {r"\.embed_tokens\.": ".tok_embeddings.", r"^lm_head\.": "output.", r"\.self_attn\.o_proj\.": ".attention.wo.",
            r"\.self_attn\.": ".attention.", r"\.input_layernorm\.": ".attention_norm.",
            r"\.post_attention_layernorm\.": ".ffn_norm.", r"\.mlp\.gate_proj\.": ".feed_forward.w1.",
            r"\.mlp\.up_proj\.": ".feed_forward.w3.", r"\.mlp\.down_proj\.": ".feed_forward.w2."}
PUBLISHED = {"exaone": ("ExaoneForCausalLM", EXAONE), "internlm2": ("InternLM2ForCausalLM", INTERNLM),
             "minicpm": ("MiniCPMForCausalLM", {}), "xverse": ("XverseForCausalLM", {}),
             "orion": ("OrionForCausalLM", {})}
SETTINGS = {"exaone": dict(num_layers="num_hidden_layers", layer_norm_epsilon="rms_norm_eps",
                           activation_function="hidden_act"),
            "orion": dict(rms_norm_eps="layer_norm_eps")}


def publish(folder, name):
    """Names of tensors and settings as they were published, which transformers knows as another class's."""
    kind, renaming = PUBLISHED[name]
    tensors = {}
    for stored, tensor in load_file(folder / "model.safetensors").items():
        for pattern, other in renaming.items():
            stored = re.sub(pattern, other, stored)
        tensors[stored] = tensor
    if name == "internlm2":
        fuse(tensors)
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    config = json.loads((folder / "config.json").read_text())
    config |= dict(architectures=[kind], model_type=name)
    for other, own in SETTINGS.get(name, {}).items():
        config[other] = config.pop(own)
    if name == "minicpm":
        for own in ("embedding_multiplier", "residual_multiplier", "attention_multiplier", "logits_scaling"):
            del config[own]
        config |= dict(scale_emb=0.5, scale_depth=1.4, dim_model_base=16)
    (folder / "config.json").write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")


def fuse(tensors):
    """Query, key and value of InternLM 2: a key and a value behind the queries that share them, heads of 8."""
    for layer in range(PLAIN["num_hidden_layers"]):
        query, key, value = (tensors.pop(f"model.layers.{layer}.attention.{part}_proj.weight").view(2, -1, 32)
                             for part in "qkv")
        tensors[f"model.layers.{layer}.attention.wqkv.weight"] = torch.cat([query, key, value], 1).view(-1, 32)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--out", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent)
    arguments.add_argument("names", nargs="*")
    options = arguments.parse_args()
    for seed, (name, kind, config) in enumerate([*plain_models(), *gated_models(), *published_models()], 201):
        if options.names and name not in options.names:
            continue
        model = named(name, draw(kind, config, seed, torch.float16))
        save_decoder(model, byte_level(LLAMA_3), options.out)
        if name in PUBLISHED:
            publish(options.out / name, name)


if __name__ == "__main__":
    main()
