#!/usr/bin/env python3
"""Writes the tiny RWKV folders of this folder, as Hugging Face has such models, and what they must compute.

    pip install gguf numpy safetensors
    make_rwkv.py [--out FOLDER]        # default: the folder of this file

`transformers` has no class of them: their weights are those of ../models/make_linear_attention.py as float16, named as
flash-linear-attention (RWKV-7) and RWKV/v6-Finch-1B6-HF (RWKV-6) name them; ../golden/linear64.py computes the logits.
"""
import argparse
import dataclasses
import json
import pathlib
import sys
import tempfile

import numpy as np
from safetensors.numpy import save_file

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "models"), str(HERE.parent / "golden")]
import linear64
import make_linear_attention as models
from vocabularies import MERGES, VOCABULARY_SIZE
from writing import F32

TEXTS = ["The cat sat on 12345 mats, didn't it?", "  spaces\n\nand lines ", "naïve café 日本 🙂", "<|end|>x"]
VOCABULARY = [bytes([byte]) for byte in range(256)] + [m.replace(" ", "").replace("Ġ", " ").encode() for m in MERGES]
MIXES = "wkvrg"


def rwkv7(m, t):
    out = {"model.embeddings.weight": t["token_embd.weight"], "lm_head.weight": t["output.weight"]}
    norms(out, "model.norm", t, "output_norm")
    norms(out, "model.layers.0.pre_norm", t, "token_embd_norm")
    for layer in range(m.layers):
        to, block = f"model.layers.{layer}.", f"blk.{layer}."
        norms(out, to + "attn_norm", t, block + "attn_norm")
        norms(out, to + "ffn_norm", t, block + "attn_norm_2")
        norms(out, to + "attn.g_norm", t, block + "time_mix_ln")
        for name, values in zip("rwkvag", t[block + "time_mix_lerp_fused.weight"]):
            out[f"{to}attn.x_{name}"] = values
        for name in "wavg":
            if name == "v" and layer == 0:
                continue
            lora = f"{to}attn.{name}_lora.lora."
            out[lora + "0.weight"], out[lora + "2.weight"] = (t[f"{block}time_mix_{name}{i}.weight"] for i in "12")
            if name != "g":
                out[lora + "2.bias"] = t[f"{block}time_mix_{name}0.weight"]
        for name in ("k_k", "k_a"):
            out[f"{to}attn.{name}"] = t[f"{block}time_mix_{name}.weight"]
        out[to + "attn.r_k"] = t[block + "time_mix_r_k.weight"].reshape(-1, m.head_dimension)
        for name, source in (("r", "receptance"), ("k", "key"), ("v", "value"), ("o", "output")):
            out[f"{to}attn.{name}_proj.weight"] = t[f"{block}time_mix_{source}.weight"]
        out[to + "ffn.x_k"] = t[block + "channel_mix_lerp_k.weight"]
        for name in ("key", "value"):
            out[f"{to}ffn.{name}.weight"] = t[f"{block}channel_mix_{name}.weight"]
    config = dict(architectures=["RWKV7ForCausalLM"], model_type="rwkv7", hidden_size=m.hidden, head_dim=m.head_dimension,
                  num_hidden_layers=m.layers, intermediate_size=m.feed_forward, norm_eps=1e-5, hidden_act="sqrelu",
                  decay_low_rank_dim=m.rank, a_low_rank_dim=m.rank, v_low_rank_dim=m.rank, gate_low_rank_dim=m.rank,
                  tie_word_embeddings=False)
    return out, config


def rwkv6(m, t):
    out = {"rwkv.embeddings.weight": t["token_embd.weight"], "head.weight": t["output.weight"]}
    norms(out, "rwkv.ln_out", t, "output_norm")
    norms(out, "rwkv.blocks.0.pre_ln", t, "token_embd_norm")
    interval = dict(m.keys)["rescale_every_n_layers"]
    for layer in range(m.layers):
        to, block = f"rwkv.blocks.{layer}.", f"blk.{layer}."
        norms(out, to + "ln1", t, block + "attn_norm")
        norms(out, to + "ln2", t, block + "attn_norm_2")
        attention, other = to + "attention.", to + "feed_forward."
        norms(out, attention + "ln_x", t, block + "time_mix_ln")
        out[attention + "time_maa_x"] = t[block + "time_mix_lerp_x.weight"]
        for name, values in zip(MIXES, t[block + "time_mix_lerp_fused.weight"]):
            out[f"{attention}time_maa_{name}"] = values
        out[attention + "time_maa_w1"] = t[block + "time_mix_w1.weight"].T
        out[attention + "time_maa_w2"] = t[block + "time_mix_w2.weight"].transpose(0, 2, 1)
        out[attention + "time_decay"] = t[block + "time_mix_decay.weight"].reshape(1, 1, -1)
        for i in "12":
            out[f"{attention}time_decay_w{i}"] = t[f"{block}time_mix_decay_w{i}.weight"].T
        out[attention + "time_faaaa"] = t[block + "time_mix_first.weight"]
        for name in ("receptance", "key", "value", "gate"):
            out[f"{attention}{name}.weight"] = t[f"{block}time_mix_{name}.weight"]
        halved = np.float32(2 ** (layer // interval))
        out[attention + "output.weight"] = t[block + "time_mix_output.weight"] * halved
        for name in "kr":
            out[f"{other}time_maa_{name}"] = t[f"{block}channel_mix_lerp_{name}.weight"].reshape(1, 1, -1)
        for name in ("key", "receptance"):
            out[f"{other}{name}.weight"] = t[f"{block}channel_mix_{name}.weight"]
        out[other + "value.weight"] = t[block + "channel_mix_value.weight"] * halved
    config = dict(architectures=["Rwkv6ForCausalLM"], model_type="rwkv6", hidden_size=m.hidden, attention_hidden_size=m.hidden,
                  head_size=m.head_dimension, num_hidden_layers=m.layers, intermediate_size=m.feed_forward,
                  layer_norm_epsilon=1e-5, rescale_every=interval, tie_word_embeddings=False)
    return out, config


def norms(out, name, t, source):
    for part in ("weight", "bias"):
        out[f"{name}.{part}"] = t[f"{source}.{part}"]


def tokenize(text):
    """The longest token that the rest begins with, again and again."""
    rest, ids = text.encode(), []
    while rest:
        token = max((t for t in VOCABULARY if rest.startswith(t)), key=len)
        ids.append(VOCABULARY.index(token) + 1)
        rest = rest[len(token):]
    return ids


def line(id, token):
    try:
        text = repr(token.decode())
    except UnicodeDecodeError:
        text = repr(token)
    return f"{id} {text} {len(token)}\n"


def save(m, stored, folder):
    tensors = {name: values.astype(np.float16).astype(np.float32) for name, values in models.draw(m).items()}
    target = folder / m.name
    target.mkdir(parents=True, exist_ok=True)
    weights, config = stored(m, tensors)
    save_file({name: np.ascontiguousarray(values, np.float16) for name, values in weights.items()},
              target / "model.safetensors", {"format": "pt"})
    config |= dict(vocab_size=VOCABULARY_SIZE, bos_token_id=0, eos_token_id=0, torch_dtype="float16")
    (target / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    lines = [line(id, token) for id, token in enumerate(VOCABULARY, 1)]
    (target / "rwkv_vocab_v20230424.txt").write_text("".join(lines), encoding="utf-8")
    ids = [tokenize(text) for text in TEXTS]
    with tempfile.TemporaryDirectory() as scratch:
        path = pathlib.Path(scratch) / "model.gguf"
        models.write(m, F32, tensors, path)
        rows = linear64.model(path).logits(ids[0])[-2:]
    logits = [[float(f"{x:.7g}") for x in row] for row in rows]
    expected = {"texts": TEXTS, "ids": ids, "logits": logits}
    (folder / f"{m.name}.json").write_text(json.dumps(expected, ensure_ascii=False) + "\n", encoding="utf-8")


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--out", type=pathlib.Path, default=HERE)
    folder = arguments.parse_args().out
    known = {m.name: m for m in models.MODELS}
    save(known["rwkv7"], rwkv7, folder)
    # No setting says these ranks: the class has them.
    save(dataclasses.replace(known["rwkv6"], rank=32, decay_rank=64), rwkv6, folder)


if __name__ == "__main__":
    main()
