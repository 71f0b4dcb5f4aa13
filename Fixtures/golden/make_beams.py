#!/usr/bin/env python3
"""Runs transformers' beam search on decoders of ../models and writes beams.json (fields: README.md).

    pip install torch transformers gguf numpy
    make_beams.py            # also prints how far transformers' logits are from those in models.json
"""
import json
import pathlib

import gguf
import numpy as np
import torch
import transformers

HERE = pathlib.Path(__file__).resolve().parent
MODELS = HERE.parent / "models"
# With a token that comes often as the end of a text, so that searches end.
FILES = {"llama-f32.gguf": 160, "gpt2-f32.gguf": 94}
GENERATION = (
    dict(num_beams=4, num_return_sequences=4),
    dict(num_beams=3, length_penalty=2.0, early_stopping=True, no_repeat_ngram_size=2, num_return_sequences=2),
    dict(num_beams=4, length_penalty=0.3, early_stopping="never", min_new_tokens=5, repetition_penalty=1.3),
)
NEW_TOKENS = 16
PROMPTS = [[1] + [(31 * i * i + 13 * i + 17 * n) % 250 + 5 for i in range(1, n + 2)] for n in range(10)]


LLAMA = {"attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj", "attn_v": "self_attn.v_proj",
         "attn_output": "self_attn.o_proj", "attn_norm": "input_layernorm", "ffn_norm": "post_attention_layernorm",
         "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj", "ffn_down": "mlp.down_proj",
         "token_embd": "model.embed_tokens", "output_norm": "model.norm", "output": "lm_head"}
GPT2 = {"attn_qkv": "attn.c_attn", "attn_output": "attn.c_proj", "attn_norm": "ln_1", "ffn_norm": "ln_2",
        "ffn_up": "mlp.c_fc", "ffn_down": "mlp.c_proj", "token_embd": "transformer.wte",
        "position_embd": "transformer.wpe", "output_norm": "transformer.ln_f", "output": "lm_head"}


def rope_order(values, heads):
    """Rows of a head as transformers pairs them, first half with second, not neighbours."""
    return values.reshape(heads, -1, 2, values.shape[1]).swapaxes(1, 2).reshape(values.shape)


def model(file):
    reader = gguf.GGUFReader(MODELS / file)
    fields = {name: field.contents() for name, field in reader.fields.items()}
    is_llama = fields["general.architecture"] == "llama"

    def key(name):
        return fields[f"{fields['general.architecture']}.{name}"]

    if is_llama:
        made = transformers.LlamaForCausalLM(transformers.LlamaConfig(
            vocab_size=288, hidden_size=key("embedding_length"), intermediate_size=key("feed_forward_length"),
            num_hidden_layers=key("block_count"), num_attention_heads=key("attention.head_count"),
            num_key_value_heads=key("attention.head_count_kv"), rms_norm_eps=key("attention.layer_norm_rms_epsilon"),
            max_position_embeddings=key("context_length"), tie_word_embeddings=False))
    else:
        made = transformers.GPT2LMHeadModel(transformers.GPT2Config(
            vocab_size=288, n_embd=key("embedding_length"), n_inner=key("feed_forward_length"),
            n_layer=key("block_count"), n_head=key("attention.head_count"), n_positions=key("context_length"),
            bos_token_id=0, eos_token_id=0,
            layer_norm_epsilon=key("attention.layer_norm_epsilon")))
    state = {}
    for tensor in reader.tensors:
        values = tensor.data.reshape([int(n) for n in reversed(tensor.shape)]).astype(np.float64)
        stem, ending = tensor.name.rsplit(".", 1)
        parts = stem.split(".")
        if is_llama and parts[-1] in ("attn_q", "attn_k"):
            values = rope_order(values, key("attention.head_count" + ("_kv" if parts[-1] == "attn_k" else "")))
        name = (LLAMA if is_llama else GPT2)[parts[-1]]
        if parts[0] == "blk":
            name = ("model.layers" if is_llama else "transformer.h") + f".{parts[1]}.{name}"
            if not is_llama and values.ndim == 2:  # its products are transposed
                values = values.T
        state[f"{name}.{ending}"] = torch.from_numpy(np.ascontiguousarray(values))
    state.setdefault("lm_head.weight", state.get("transformer.wte.weight"))
    made = made.double().eval()
    left = made.load_state_dict(state, strict=False)
    assert not left.unexpected_keys and not left.missing_keys, left
    return made


def generate(model, options, end):
    """The best continuations of each prompt, `[[{ids, score}]]`: without the prompt, up to the end."""
    found = []
    for prompt in PROMPTS:
        out = model.generate(
            torch.tensor([prompt]), attention_mask=torch.ones(1, len(prompt), dtype=torch.long), do_sample=False,
            max_new_tokens=NEW_TOKENS, return_dict_in_generate=True, output_scores=True, eos_token_id=end,
            pad_token_id=0, **options)
        results = []
        for row, score in zip(out.sequences.tolist(), out.sequences_scores.tolist()):
            row = row[len(prompt):]
            results.append({"ids": row[:row.index(end) + 1] if end in row else row, "score": round(score, 6)})
        found.append(results)
    return found


def distance(file, model):
    """The largest difference between transformers' logits and the exact ones of models.json."""
    golden = next(m for m in json.loads((HERE / "models.json").read_text())["models"] if m["file"] == file)
    exact = np.fromfile(HERE / golden.get("exact_logits", golden["logits"]), "<f4").reshape(golden["shape"])
    with torch.no_grad():
        found = model(torch.tensor([golden["ids"]])).logits[0].numpy()
    return np.abs(found - exact).max()


def main():
    generation = []
    for file, end in FILES.items():
        made = model(file)
        print(f"{file}: {distance(file, made):.3g} off")
        for options in GENERATION:
            generation.append(
                {"file": file, "end": end, "options": options, "results": generate(made, options, end)})
    listing = {"prompts": PROMPTS, "max_tokens": NEW_TOKENS, "generation": generation,
               "versions": {"torch": torch.__version__, "transformers": transformers.__version__}}
    (HERE / "beams.json").write_text(json.dumps(listing) + "\n")


if __name__ == "__main__":
    main()
