#!/usr/bin/env python3
"""Writes tiny folders of classes that transformers lacks, each made of a class that computes the same under other names, and
a Llama whose rope stretches as it goes. See make_folders.py.

    pip install torch transformers tokenizers safetensors numpy
    make_published.py [--out FOLDER] [NAME ...]        # default: the folder of this file, all
"""
import argparse
import json
import pathlib
import re

import torch
import transformers as t
from safetensors.torch import load_file, save_file

from make_folders import COMMON, LLAMA_3, byte_level, draw, named, save_decoder

PLAIN = COMMON | dict(pad_token_id=0)
EXPERTS = dict(num_experts=4, num_experts_per_tok=2, moe_intermediate_size=24, qkv_bias=False,
               shared_expert_intermediate_size=48)
SHARED = "mlp.shared_expert."


def models():
    """Names, classes, configurations."""
    yield "baichuan", t.LlamaForCausalLM, t.LlamaConfig(**(PLAIN | dict(num_key_value_heads=4)), rope_theta=1e4)
    yield "codeshell", t.Starcoder2ForCausalLM, t.Starcoder2Config(
        **(PLAIN | dict(intermediate_size=128)), rope_theta=1e4, norm_epsilon=1e-5, tie_word_embeddings=False)
    yield "deepseek", t.Qwen2MoeForCausalLM, t.Qwen2MoeConfig(
        **(PLAIN | EXPERTS), norm_topk_prob=False, mlp_only_layers=[0], rope_theta=1e4)
    yield "bailingmoe", t.Qwen2MoeForCausalLM, t.Qwen2MoeConfig(
        **(PLAIN | EXPERTS), norm_topk_prob=True, head_dim=8, rope_theta=1e3)
    yield "chatglm", t.GlmForCausalLM, t.GlmConfig(
        **PLAIN, head_dim=16, attention_bias=True, rope_theta=2e4, tie_word_embeddings=False)
    yield "llama-dynamic", t.LlamaForCausalLM, t.LlamaConfig(
        **(PLAIN | dict(max_position_embeddings=16)), rope_theta=100.0,
        rope_scaling=dict(rope_type="dynamic", factor=4.0))


NAMES = {
    "baichuan": {},
    "codeshell": {r"^model\.embed_tokens\.": "transformer.wte.", r"^model\.layers\.": "transformer.h.",
                  r"^model\.norm\.": "transformer.ln_f.", r"\.input_layernorm\.": ".ln_1.",
                  r"\.post_attention_layernorm\.": ".ln_2.", r"\.self_attn\.o_proj\.": ".attn.c_proj."},
    "deepseek": {r"\.mlp\.shared_expert\.": ".mlp.shared_experts."},
    "bailingmoe": {r"\.embed_tokens\.": ".word_embeddings.", r"\.self_attn\.o_proj\.": ".attention.dense.",
                   r"\.mlp\.shared_expert\.": ".mlp.shared_experts."},
    "chatglm": {r"^model\.embed_tokens\.": "transformer.embedding.word_embeddings.",
                r"^model\.layers\.": "transformer.encoder.layers.", r"^lm_head\.": "transformer.output_layer.",
                r"^model\.norm\.": "transformer.encoder.final_layernorm.",
                r"\.self_attn\.o_proj\.": ".self_attention.dense.", r"\.mlp\.gate_up_proj\.": ".mlp.dense_h_to_4h.",
                r"\.mlp\.down_proj\.": ".mlp.dense_4h_to_h."},
}
FUSED = {"baichuan": "self_attn.W_pack", "codeshell": "attn.c_attn", "bailingmoe": "attention.query_key_value",
         "chatglm": "self_attention.query_key_value"}
CLASSES = {"baichuan": "BaichuanForCausalLM", "codeshell": "CodeShellForCausalLM", "deepseek": "DeepseekForCausalLM",
           "bailingmoe": "BailingMoeForCausalLM", "chatglm": "ChatGLMModel"}
SETTINGS = {
    "baichuan": dict(model_max_length=64, z_loss_weight=0),
    "codeshell": dict(n_layer=2, n_head=4, n_embd=32, n_positions=64, num_query_groups=2, group_query_attention=True,
                      layer_norm_epsilon=1e-5, activation_function="gelu_pytorch_tanh", n_inner=None,
                      position_embedding_type="rope"),
    "deepseek": dict(n_routed_experts=4, n_shared_experts=2, first_k_dense_replace=1, moe_layer_freq=1),
    "bailingmoe": dict(num_shared_experts=2, first_k_dense_replace=0, norm_head=True),
    "chatglm": dict(num_layers=2, ffn_hidden_size=48, kv_channels=16, multi_query_attention=True,
                    multi_query_group_num=2, padded_vocab_size=288, seq_length=64, layernorm_epsilon=1.5625e-7,
                    rope_ratio=2.0, rmsnorm=True, add_bias_linear=False, add_qkv_bias=True, post_layer_norm=True),
}
KEPT = {"hidden_size", "num_attention_heads", "vocab_size", "eos_token_id", "torch_dtype", "dtype", "rms_norm_eps",
        "hidden_act", "tie_word_embeddings", "intermediate_size", "num_hidden_layers", "num_key_value_heads",
        "max_position_embeddings", "moe_intermediate_size", "num_experts", "num_experts_per_tok", "norm_topk_prob",
        "rope_parameters", "head_dim"}
DROPPED = {"codeshell": {"hidden_size", "num_attention_heads", "intermediate_size", "num_hidden_layers",
                         "num_key_value_heads", "max_position_embeddings", "hidden_act", "tie_word_embeddings"},
           "chatglm": {"intermediate_size", "num_hidden_layers", "num_key_value_heads", "max_position_embeddings",
                       "head_dim", "rope_parameters", "rms_norm_eps", "hidden_act"},
           "deepseek": {"num_experts"}}


def prepare(model):
    """Makes a model compute what the published class does: heads of unit length, no gate of the shared expert."""
    with torch.no_grad():
        if model.name in ("baichuan", "bailingmoe"):
            weight = model.lm_head.weight
            if model.name == "baichuan":
                weight.copy_(torch.nn.functional.normalize(weight))
            else:
                weight.div_(torch.norm(weight, p=2, dim=0, keepdim=True) + 1e-7)
        for name, parameter in model.named_parameters():
            if name.endswith("shared_expert_gate.weight"):
                parameter.zero_()  # its sigmoid is a half
    return model


def publish(folder, name):
    tensors = {}
    for stored, tensor in load_file(folder / "model.safetensors").items():
        if "shared_expert_gate" in stored:
            continue
        if stored.endswith(SHARED + "down_proj.weight"):
            tensor = tensor / 2
        if stored == "lm_head.weight" and name in ("baichuan", "bailingmoe"):
            axis = torch.arange(1, tensor.shape[0] + 1)[:, None] if name == "baichuan" else torch.arange(1, 33)[None]
            tensor = tensor * (1 + axis % 3)
        for pattern, other in NAMES[name].items():
            stored = re.sub(pattern, other, stored)
        tensors[stored] = tensor
    if name in FUSED:
        fuse(tensors, FUSED[name])
    save_file({key: value.contiguous() for key, value in tensors.items()}, folder / "model.safetensors",
              metadata={"format": "pt"})
    config = json.loads((folder / "config.json").read_text())
    config = {key: value for key, value in config.items() if key in KEPT - DROPPED.get(name, set())}
    config |= dict(architectures=[CLASSES[name]], model_type=name) | SETTINGS[name]
    (folder / "config.json").write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")


def fuse(tensors, name):
    """Query, key and value as one matrix, one behind the other, and their biases."""
    for stored in [key for key in tensors if re.search(r"\.self_attn\.q_proj\.", key)]:
        parts = [tensors.pop(stored.replace("q_proj", f"{part}_proj")) for part in "qkv"]
        tensors[stored.replace("self_attn.q_proj", name)] = torch.cat(parts)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--out", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent)
    arguments.add_argument("names", nargs="*")
    options = arguments.parse_args()
    for seed, (name, kind, config) in enumerate(models(), 501):
        if options.names and name not in options.names:
            continue
        # Heads of unit length are no multiples of powers of two.
        dtype = torch.float32 if name in ("baichuan", "bailingmoe") else torch.float16
        model = prepare(named(name, draw(kind, config, seed, dtype)))
        save_decoder(model, byte_level(LLAMA_3), options.out)
        if name in NAMES:
            publish(options.out / name, name)


if __name__ == "__main__":
    main()
