#!/usr/bin/env python3
"""Writes tiny folders of Gemma 3n, Gemma 4 and EmbeddingGemma, and what they must compute. See make_folders.py.

    pip install torch transformers tokenizers safetensors numpy
    make_gemmas.py [--out FOLDER] [NAME ...]        # default: the folder of this file, all
"""
import argparse
import json
import pathlib

import torch
import transformers as t
from safetensors.torch import save_file
from tokenizers import processors

from make_folders import TEXTS, VOCABULARY, draw, gemma_pieces, named, save, save_decoder

COMMON = dict(vocab_size=VOCABULARY, hidden_size=16, intermediate_size=24, num_hidden_layers=4, num_attention_heads=4,
              num_key_value_heads=2, max_position_embeddings=64, sliding_window=8, bos_token_id=2, eos_token_id=1,
              pad_token_id=0, layer_types=["sliding_attention", "full_attention"] * 2)
ROPES = dict(full_attention=dict(rope_type="default", rope_theta=1000.0),
             sliding_attention=dict(rope_type="default", rope_theta=100.0))
PROPORTIONAL = ROPES | dict(
    full_attention=dict(rope_type="proportional", rope_theta=1000.0, partial_rotary_factor=0.25))
PROMPTS = {"query": "the cat: ", "document": "on the mat: ", "other": "x"}


def gemma3n():
    return t.Gemma3nForCausalLM, t.Gemma3nTextConfig(
        **COMMON, head_dim=8, vocab_size_per_layer_input=280, hidden_size_per_layer_input=4, laurel_rank=4,
        num_kv_shared_layers=2, activation_sparsity_pattern=[0.95, 0.6, 0.0, 0.0], final_logit_softcapping=4.0,
        rope_parameters=ROPES)


def gemma4():
    return t.Gemma4ForCausalLM, t.Gemma4TextConfig(
        **COMMON, head_dim=8, global_head_dim=16, vocab_size_per_layer_input=VOCABULARY, hidden_size_per_layer_input=4,
        num_kv_shared_layers=2, use_double_wide_mlp=True, final_logit_softcapping=4.0, rope_parameters=PROPORTIONAL)


def gemma4_experts():
    return t.Gemma4ForCausalLM, t.Gemma4TextConfig(
        **COMMON, head_dim=8, global_head_dim=16, hidden_size_per_layer_input=0, num_global_key_value_heads=1,
        attention_k_eq_v=True, enable_moe_block=True, num_experts=4, top_k_experts=2, moe_intermediate_size=12,
        rope_parameters=PROPORTIONAL)


def gemma_embedding():
    return t.Gemma3TextModel, t.Gemma3TextConfig(
        **COMMON, head_dim=16, query_pre_attn_scalar=16, use_bidirectional_attention=True, rope_parameters=ROPES)


MODELS = {"gemma3n": gemma3n, "gemma4": gemma4, "gemma4-experts": gemma4_experts, "gemma-embedding": gemma_embedding}


def enlarge(model):
    """Weights whose input is small, or nothing would come of them; and what training alone changes from 1."""
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name.endswith("modality_router.weight"):
                parameter.mul_(20)
            elif name.endswith(("correct_output_scale", "router.scale", "per_expert_scale")):
                parameter.add_(1)
        for name, values in model.named_buffers():
            if name.endswith("layer_scalar"):
                values.copy_(0.8 + 0.1 * torch.randn(values.shape))
    return model


def save_embedder(model, tokenizer, folder):
    """EmbeddingGemma as sentence-transformers has it: mean, two matrices. Expected are vectors of unit length of the texts
    after each prompt, in float64."""
    tokenizer.backend_tokenizer.post_processor = processors.TemplateProcessing(
        single="<bos> $A <eos>", pair="<bos> $A <eos> $B:1 <eos>:1", special_tokens=[("<bos>", 2), ("<eos>", 1)])
    save(model, tokenizer, folder)
    own = folder / model.name
    kinds = ["Transformer", "Pooling", "Dense", "Dense", "Normalize"]
    places = ["", "1_Pooling", "2_Dense", "3_Dense", "4_Normalize"]
    modules = [{"idx": i, "name": str(i), "path": place, "type": f"sentence_transformers.models.{kind}"}
               for i, (kind, place) in enumerate(zip(kinds, places))]
    write(own / "modules.json", modules)
    write(own / "1_Pooling" / "config.json", {"word_embedding_dimension": 16, "pooling_mode_mean_tokens": True})
    write(own / "config_sentence_transformers.json", {"prompts": PROMPTS})
    torch.manual_seed(7)
    matrices = []
    for place, (inputs, outputs) in zip(places[2:4], [(16, 24), (24, 16)]):
        matrices.append(torch.randn(outputs, inputs) / inputs ** 0.5)
        write(own / place / "config.json", {
            "in_features": inputs, "out_features": outputs, "bias": False,
            "activation_function": "torch.nn.modules.linear.Identity"})
        save_file({"linear.weight": matrices[-1]}, own / place / "model.safetensors")
    model64 = type(model).from_pretrained(own, dtype=torch.float64)
    expected = {"texts": TEXTS, "ids": [], "vectors": {}}
    for role in ["plain", "query", "document"]:
        vectors = []
        for text in TEXTS:
            ids = tokenizer(PROMPTS.get(role, "") + text)["input_ids"]
            with torch.no_grad():
                vector = model64(torch.tensor([ids])).last_hidden_state[0].mean(0)
                for matrix in matrices:
                    vector = matrix.double() @ vector
            vectors.append([float(f"{x:.7g}") for x in (vector / vector.norm()).tolist()])
            if role == "plain":
                expected["ids"].append(ids)
        expected["vectors"][role] = vectors
    (folder / f"{model.name}.json").write_text(json.dumps(expected, ensure_ascii=False) + "\n", encoding="utf-8")


def write(path, value):
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(value) + "\n")


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--out", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent)
    arguments.add_argument("names", nargs="*", default=list(MODELS))
    options = arguments.parse_args()
    for seed, (name, make) in enumerate(MODELS.items(), 401):
        if name not in options.names:
            continue
        model = named(name, enlarge(draw(*make(), seed)).to(torch.float16))
        (save_embedder if name == "gemma-embedding" else save_decoder)(model, gemma_pieces(), options.out)


if __name__ == "__main__":
    main()
