#!/usr/bin/env python3
"""Writes tiny LoRA adapters as Hugging Face's PEFT saves them, for models of ../conversion, and what the models compute with
them: transformers' numbers in float32.

    pip install torch transformers peft safetensors gguf
    python make_adapters.py [--out FOLDER] [NAME ...]        # default: the folder of this file, all
"""
import argparse
import json
import pathlib
import shutil

import gguf
import numpy as np
import peft
import torch
import transformers as t
from safetensors.numpy import load_file

CONVERSION = pathlib.Path(__file__).resolve().parent.parent / "conversion"
ALL = dict(r=4, lora_alpha=8, init_lora_weights=False)

# Name: the model's folder, the class, what is adapted.
ADAPTERS = {
    "llama": ("llama", t.AutoModelForCausalLM, dict(
        target_modules=["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj", "lm_head"],
        rank_pattern={"k_proj": 2, "layers.1.mlp.up_proj": 6}, alpha_pattern={"v_proj": 3.0, "model.layers.1.mlp.gate_proj": 1})),
    "qwen2": ("qwen2", t.AutoModelForCausalLM, dict(
        target_modules=["q_proj", "v_proj", "up_proj", "down_proj"], use_rslora=True)),
    "qwen2-embedding": ("qwen2", t.AutoModelForCausalLM, dict(target_modules=["q_proj", "embed_tokens"])),
    "gpt2": ("gpt2", t.AutoModelForCausalLM, dict(
        target_modules=["c_attn", "c_proj", "c_fc"], fan_in_fan_out=True)),
    "phi3": ("phi3", t.AutoModelForCausalLM, dict(
        target_modules=["qkv_proj", "o_proj", "gate_up_proj", "down_proj"])),
    "gptneox": ("gptneox", t.AutoModelForCausalLM, dict(target_modules=["query_key_value", "dense"])),
    "bert": ("bert", t.AutoModel, dict(target_modules=["query", "key", "value", "dense"], exclude_modules=["pooler.dense"])),
}


def draw(model, seed):
    """Gives an adapter's matrices random values that matter."""
    generator = torch.Generator().manual_seed(seed)
    for name, weight in sorted(model.named_parameters()):
        if "lora_" in name:
            weight.data = torch.randn(weight.shape, generator=generator) * (0.3 if "_A" in name else 0.15)


def compute(model, ids, is_encoder):
    """Logits of the last two tokens, or the mean of the states."""
    with torch.no_grad():
        result = model(input_ids=torch.tensor([ids]))
    rows = result.last_hidden_state[0].mean(0, keepdim=True) if is_encoder else result.logits[0, -2:]
    return [[float(f"{value:.7g}") for value in row] for row in rows.tolist()]


def write_gguf(folder, path):
    """The adapter `llama` as llama.cpp has it: names by gguf-py, rows of query and key as that pairs them."""
    config = json.loads((CONVERSION / "llama" / "config.json").read_text())
    heads = dict(q_proj=config["num_attention_heads"], k_proj=config["num_key_value_heads"])
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.LLAMA, config["num_hidden_layers"])
    settings = json.loads((folder / "adapter_config.json").read_text())
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_type(gguf.GGUFType.ADAPTER)
    writer.add_string(gguf.Keys.Adapter.TYPE, "lora")
    writer.add_float32(gguf.Keys.Adapter.LORA_ALPHA, float(settings["lora_alpha"]))
    for name, values in sorted(load_file(folder / "adapter_model.safetensors").items()):
        module, part = name.removeprefix("base_model.model.").removesuffix(".weight").rsplit(".", 1)
        if part == "base_layer":
            continue
        last = module.split(".")[-1]
        if part == "lora_B":
            alpha = {"v_proj": 3.0}.get(last, 1.0 if module == "model.layers.1.mlp.gate_proj" else settings["lora_alpha"])
            values = values * np.float32(alpha / settings["lora_alpha"])
            if last in heads:
                rows, rank = values.shape
                values = values.reshape(heads[last], 2, rows // heads[last] // 2, rank).swapaxes(1, 2).reshape(rows, rank)
        writer.add_tensor(names.get_name(module) + ".weight." + part.lower(), np.ascontiguousarray(values))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent)
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    for seed, (name, (base, kind, settings)) in enumerate(ADAPTERS.items()):
        if arguments.names and name not in arguments.names:
            continue
        is_encoder = kind is t.AutoModel
        model = kind.from_pretrained(CONVERSION / base, dtype=torch.float32, attn_implementation="eager").eval()
        expected = json.loads((CONVERSION / f"{base}.json").read_text()) if not is_encoder else None
        ids = expected["ids"][0] if expected else [2, 5, 9, 14, 7, 11, 6, 3]
        plain = compute(model, ids, is_encoder)
        adapted = peft.get_peft_model(model, peft.LoraConfig(**(ALL | settings))).eval()
        draw(adapted, seed)
        folder = arguments.out / name
        shutil.rmtree(folder, ignore_errors=True)
        for config in adapted.peft_config.values():
            config.base_model_name_or_path = base
            config.inference_mode = True
        adapted.save_pretrained(folder)
        (folder / "README.md").unlink()
        whole = compute(adapted, ids, is_encoder)
        for module in adapted.modules():
            if hasattr(module, "set_scale"):
                module.set_scale("default", 0.5)
        half = compute(adapted, ids, is_encoder)
        numbers = dict(base=base, ids=ids, plain=plain, adapted=whole, half=half)
        (arguments.out / f"{name}.json").write_text(json.dumps(numbers) + "\n")
        if name == "llama":
            write_gguf(folder, arguments.out / "llama.gguf")


main()
