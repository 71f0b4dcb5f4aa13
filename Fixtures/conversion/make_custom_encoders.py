#!/usr/bin/env python3
"""Writes tiny encoders as they are published with code of their own (Nomic Embed, NeoBERT), and what they must compute.

    pip install torch==2.15.0 transformers==5.24.0 tokenizers==0.23.3 safetensors numpy
    make_custom_encoders.py [--out FOLDER]        # default: the folder of this file

As make_encoders.py. Nomic Embed 1.5 is computed by transformers' class; Nomic Embed 2 and NeoBERT, which transformers lacks, by
numpy in float64 from their papers (arXiv:2502.07972, arXiv:2502.19587) and the layout that their published weights have.
"""
import argparse
import json
import math
import pathlib

import numpy as np
import safetensors.numpy
import transformers

from make_encoders import bert_pieces, made, PAIRS, POSITIONS, rounded, save, SIZES, TEXTS
from make_folders import unigram as xlm_pieces

HIDDEN, INNER, HEADS = SIZES["hidden_size"], SIZES["intermediate_size"], SIZES["num_attention_heads"]
ERF = np.vectorize(math.erf)


def gelu(x):
    return x * 0.5 * (1 + ERF(x / math.sqrt(2)))


def silu(x):
    return x / (1 + np.exp(-x))


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


class Weights:
    """Random tensors under their published names, float16 on disk."""

    def __init__(self, seed):
        self.random = np.random.default_rng(seed)
        self.tensors = {}

    def draw(self, name, *shape, scale=1.4, mean=0.0):
        deviation = 0.1 if len(shape) == 1 else scale / math.sqrt(shape[-1])
        self.tensors[name] = np.float16(mean + deviation * self.random.standard_normal(shape))

    def linear(self, name, rows, columns, bias=True):
        self.draw(name + ".weight", rows, columns)
        if bias:
            self.draw(name + ".bias", rows)

    def norm(self, name, bias=True):
        self.draw(name + ".weight", HIDDEN, mean=1.0)
        if bias:
            self.draw(name + ".bias", HIDDEN)

    def __getitem__(self, name):
        return np.float64(self.tensors[name])

    def apply(self, x, name):
        y = x @ self[name + ".weight"].T
        return y + self[name + ".bias"] if name + ".bias" in self.tensors else y

    def layer_norm(self, x, name, epsilon):
        x = x - x.mean(-1, keepdims=True)
        return x / np.sqrt((x * x).mean(-1, keepdims=True) + epsilon) * self[name + ".weight"] + self[name + ".bias"]

    def rms_norm(self, x, name, epsilon):
        return x / np.sqrt((x * x).mean(-1, keepdims=True) + epsilon) * self[name + ".weight"]


def attend(q, k, v):
    """`[tokens, heads, size]` each: `[tokens, heads * size]`."""
    scores = np.einsum("qhd,khd->hqk", q, k) / math.sqrt(q.shape[-1])
    return np.einsum("hqk,khd->qhd", softmax(scores), v).reshape(len(q), -1)


def angles(count, pairs, base):
    return np.arange(count)[:, None, None] * base ** (-np.arange(pairs) / pairs)


def rotate_halves(x, base):
    half = x.shape[-1] // 2
    turn = angles(len(x), half, base)
    first, second = x[..., :half], x[..., half:]
    return np.concatenate([first * np.cos(turn) - second * np.sin(turn), first * np.sin(turn) + second * np.cos(turn)], -1)


def rotate_pairs(x, base):
    turned = (x[..., 0::2] + 1j * x[..., 1::2]) * np.exp(1j * angles(len(x), x.shape[-1] // 2, base))
    return np.stack([turned.real, turned.imag], -1).reshape(x.shape)


def write(name, folder, weights, config, tokenizer, expected):
    path = folder / name
    tokenizer.save_pretrained(path)
    safetensors.numpy.save_file(weights.tensors, path / "model.safetensors", metadata={"format": "pt"})
    (path / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    (folder / f"{name}.json").write_text(json.dumps(expected, ensure_ascii=False) + "\n", encoding="utf-8")


def vectors(states, tokenizer):
    ids = [tokenizer(text)["input_ids"] for text in TEXTS]
    found = [states(np.array(text)) for text in ids]
    return {"texts": TEXTS, "ids": ids, "means": rounded([s.mean(0).tolist() for s in found]),
            "firsts": rounded([s[0].tolist() for s in found])}


def nomic(folder):
    """Nomic Embed 1.5, with the settings under their published names."""
    count, tokenizer = bert_pieces()
    config = transformers.NomicBertConfig(
        **SIZES, vocab_size=count, type_vocab_size=2, layer_norm_eps=1e-12, max_position_embeddings=POSITIONS,
        rope_parameters={"rope_type": "default", "rope_theta": 1000.0})
    model = made("nomic-bert", transformers.NomicBertModel, config, 50)
    save(model, tokenizer, folder)
    published = dict(
        architectures=["NomicBertModel"], model_type="nomic_bert", activation_function="swiglu", causal=False,
        layer_norm_epsilon=1e-12, max_trained_positions=POSITIONS, mlp_fc1_bias=False, mlp_fc2_bias=False, n_embd=HIDDEN,
        n_head=HEADS, n_inner=INNER, n_layer=SIZES["num_hidden_layers"], n_positions=4 * POSITIONS, parallel_block=False,
        prenorm=False, qkv_proj_bias=False, rotary_emb_base=1000, rotary_emb_fraction=1.0, rotary_emb_interleaved=False,
        rotary_emb_scale_base=None, rotary_scaling_factor=None, type_vocab_size=2, use_rms_norm=False, vocab_size=count)
    (folder / "nomic-bert" / "config.json").write_text(json.dumps(published, indent=2) + "\n")


def nomic_experts(folder):
    """Nomic Embed 2: layers 1 and 3 have experts."""
    tokenizer = xlm_pieces()
    layers, experts, used, base, epsilon, rows = 4, 4, 2, 500.0, 1e-5, len(tokenizer) + 5  # rows that no token has
    w = Weights(51)
    w.draw("embeddings.word_embeddings.weight", rows, HIDDEN, scale=4.0)
    w.draw("embeddings.token_type_embeddings.weight", 1, HIDDEN, scale=2.0)
    w.norm("emb_ln")
    for layer in range(layers):
        block = f"encoder.layers.{layer}."
        w.linear(block + "attn.Wqkv", 3 * HIDDEN, HIDDEN)
        w.linear(block + "attn.out_proj", HIDDEN, HIDDEN)
        w.norm(block + "norm1")
        w.norm(block + "norm2")
        if layer % 2 == 1:
            w.draw(block + "mlp.router.layer.weight", experts, HIDDEN, scale=2.0)
            w.draw(block + "mlp.experts.mlp.w1", experts * INNER, HIDDEN)
            w.draw(block + "mlp.experts.mlp.w2", experts * INNER, HIDDEN)
            w.draw(block + "mlp.experts.bias", HIDDEN)
        else:
            w.linear(block + "mlp.fc1", INNER, HIDDEN)
            w.linear(block + "mlp.fc2", HIDDEN, INNER)

    def routed(x, block):
        first, second = (w[block + f"mlp.experts.mlp.w{i}"].reshape(experts, INNER, HIDDEN) for i in (1, 2))
        out = np.zeros_like(x)
        for row, score in enumerate(softmax(w.apply(x, block + "mlp.router.layer"))):
            for expert in np.argsort(-score)[:used]:  # whose weights do not add up to 1
                out[row] += score[expert] * (gelu(first[expert] @ x[row]) @ second[expert])
        return out + w[block + "mlp.experts.bias"]

    def states(ids):
        x = w["embeddings.word_embeddings.weight"][ids] + w["embeddings.token_type_embeddings.weight"][0]
        x = w.layer_norm(x, "emb_ln", epsilon)
        for layer in range(layers):
            block = f"encoder.layers.{layer}."
            qkv = w.apply(x, block + "attn.Wqkv").reshape(len(x), 3, HEADS, -1)
            attended = attend(rotate_halves(qkv[:, 0], base), rotate_halves(qkv[:, 1], base), qkv[:, 2])
            x = w.layer_norm(x + w.apply(attended, block + "attn.out_proj"), block + "norm1", epsilon)
            if layer % 2 == 1:
                y = routed(x, block)
            else:
                y = w.apply(gelu(w.apply(x, block + "mlp.fc1")), block + "mlp.fc2")
            x = w.layer_norm(x + y, block + "norm2", epsilon)
        return x
    config = dict(
        architectures=["NomicBertModel"], model_type="nomic_bert", activation_function="gelu", add_pooling_layer=False,
        causal=False, expert_choice_router=False, layer_norm_epsilon=epsilon, max_trained_positions=2048, mlp_fc1_bias=True,
        mlp_fc2_bias=True, moe_every_n_layers=2, moe_impl="megablocks", moe_normalize_expert_weights=False, moe_top_k=used,
        n_embd=HIDDEN, n_head=HEADS, n_inner=INNER, n_layer=layers, n_positions=2048, num_experts=experts,
        num_shared_experts=0, pad_token_id=1, parallel_block=False, prenorm=False, qkv_proj_bias=True, rotary_emb_base=base,
        rotary_emb_fraction=1.0, rotary_emb_interleaved=False, rotary_emb_scale_base=None, rotary_scaling_factor=None,
        type_vocab_size=1, use_rms_norm=False, vocab_size=rows)
    write("nomic-bert-moe", folder, w, config, tokenizer, vectors(states, tokenizer))
    # What sentence-transformers puts beside it.
    (folder / "nomic-bert-moe" / "sentence_bert_config.json").write_text(
        json.dumps({"max_seq_length": POSITIONS, "do_lower_case": False}) + "\n")


def neobert(folder, name, class_name, seed):
    count, tokenizer = bert_pieces()
    layers, epsilon, labels = 2, 1e-5, 3
    inner = (2 * 50 // 3 + 7) // 8 * 8  # of an intermediate_size of 50
    w = Weights(seed)
    w.draw("model.encoder.weight", count, HIDDEN, scale=4.0)
    for layer in range(layers):
        block = f"model.transformer_encoder.{layer}."
        w.linear(block + "qkv", 3 * HIDDEN, HIDDEN, bias=False)
        w.linear(block + "wo", HIDDEN, HIDDEN, bias=False)
        w.linear(block + "ffn.w12", 2 * inner, HIDDEN, bias=False)
        w.linear(block + "ffn.w3", HIDDEN, inner, bias=False)
        w.norm(block + "attention_norm", bias=False)
        w.norm(block + "ffn_norm", bias=False)
    w.norm("model.layer_norm", bias=False)
    if class_name == "NeoBERTLMHead":
        w.linear("decoder", count, HIDDEN)
    else:
        w.linear("dense", HIDDEN, HIDDEN)
        w.linear("classifier", labels, HIDDEN)

    def states(ids):
        x = w["model.encoder.weight"][ids]
        for layer in range(layers):
            block = f"model.transformer_encoder.{layer}."
            # A head's query, key and value lie together.
            qkv = w.apply(w.rms_norm(x, block + "attention_norm", epsilon), block + "qkv").reshape(len(x), HEADS, 3, -1)
            attended = attend(rotate_pairs(qkv[:, :, 0], 1e4), rotate_pairs(qkv[:, :, 1], 1e4), qkv[:, :, 2])
            x = x + w.apply(attended, block + "wo")
            gate, up = np.split(w.apply(w.rms_norm(x, block + "ffn_norm", epsilon), block + "ffn.w12"), 2, -1)
            x = x + w.apply(silu(gate) * up, block + "ffn.w3")
        return w.rms_norm(x, "model.layer_norm", epsilon)

    def classes(*texts):
        first = states(np.array(tokenizer(*texts)["input_ids"]))[0]
        return w.apply(np.tanh(w.apply(first, "dense")), "classifier").tolist()
    config = dict(
        architectures=[class_name], model_type="neobert", classifier_init_range=0.02, decoder_init_range=0.02,
        dim_head=HIDDEN // HEADS, embedding_init_range=0.02, hidden_size=HIDDEN, intermediate_size=50, max_length=POSITIONS,
        norm_eps=epsilon, num_attention_heads=HEADS, num_hidden_layers=layers, pad_token_id=0, vocab_size=count)
    expected = vectors(states, tokenizer)
    if class_name == "NeoBERTLMHead":
        text = "the [MASK] sat on a [MASK]"
        ids = tokenizer(text)["input_ids"]
        logits = w.apply(states(np.array(ids)), "decoder")
        places = [i for i, token in enumerate(ids) if token == tokenizer.mask_token_id]
        expected |= {"masked": text, "maskedIds": ids, "maskLogits": rounded([logits[i].tolist() for i in places])}
    else:
        config["id2label"] = {str(i): label for i, label in enumerate(["no", "maybe", "yes"])}
        expected = {"texts": TEXTS, "ids": expected["ids"], "classes": rounded([classes(text) for text in TEXTS]),
                    "pairs": PAIRS, "pairIds": [tokenizer(*pair)["input_ids"] for pair in PAIRS],
                    "pairClasses": rounded([classes(*pair) for pair in PAIRS])}
    write(name, folder, w, config, tokenizer, expected)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--out", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent)
    folder = arguments.parse_args().out
    nomic(folder)
    nomic_experts(folder)
    neobert(folder, "neobert", "NeoBERTLMHead", 52)
    neobert(folder, "neobert-classes", "NeoBERTForSequenceClassification", 53)


if __name__ == "__main__":
    main()
