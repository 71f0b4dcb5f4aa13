#!/usr/bin/env python3
"""Runs transformers on the T5 models of ../models and writes text_to_text.json and t5-*.f32 (fields: README.md).

    pip install torch transformers llama-cpp-python gguf numpy
    make_text_to_text.py            # also prints how far llama.cpp is from each file with an own output
"""
import json
import pathlib

import gguf
import llama_cpp
import numpy as np
import torch
import transformers

from reference import Reference

HERE = pathlib.Path(__file__).resolve().parent
MODELS = HERE.parent / "models"
GENERATING = ("t5-f32", "t5-tied-f32", "t5-every-bias-f32")
GENERATION = (
    dict(),
    dict(repetition_penalty=1.5, no_repeat_ngram_size=3, min_new_tokens=4),
    dict(num_beams=4, num_return_sequences=4),
    dict(num_beams=4, length_penalty=2.0, early_stopping=True, no_repeat_ngram_size=2),
    dict(num_beams=3, length_penalty=0.6, early_stopping="never", min_new_tokens=6, num_return_sequences=2),
    dict(num_beams=4, length_penalty=-0.5, repetition_penalty=1.3, suppress_tokens=[7, 8, 9, 10]),
    dict(num_beams=2, forced_bos_token_id=11, forced_eos_token_id=1),
)
NEW_TOKENS = 20
SOURCES = 20
FILES = ("t5-f32", "t5-q8_0", "t5-tied-f32", "t5-every-bias-f32", "t5-encoder-f32")
SOURCE = [(37 * i * i + 11 * i) % 120 + 3 for i in range(1, 45)] + [1]  # distances beyond the buckets of one each
DECODER = [0] + [(29 * i * i + 7 * i) % 120 + 3 for i in range(1, 21)]
SELF = {"attn_q": "q", "attn_k": "k", "attn_v": "v", "attn_o": "o", "attn_rel_b": "relative_attention_bias"}


class File:
    """A GGUF's hyperparameters, and its exact weights in float64."""

    def __init__(self, path):
        reader = gguf.GGUFReader(path)
        self.fields = {name: field.contents() for name, field in reader.fields.items()}
        self.architecture = self.fields["general.architecture"]
        self.tensors = {
            tensor.name: torch.from_numpy(gguf.quants.dequantize(tensor.data, tensor.tensor_type).astype(np.float64)
                                          .reshape([int(n) for n in reversed(tensor.shape)]))
            for tensor in reader.tensors}

    def key(self, name):
        return self.fields[f"{self.architecture}.{name}"]

    def has(self, name):
        return name in self.tensors

    def config(self, kind):
        is_encoder = self.architecture == "t5encoder"
        is_tied = not is_encoder and not self.has("output.weight")
        made = kind(
            vocab_size=len(self.fields["tokenizer.ggml.tokens"]), d_model=self.key("embedding_length"),
            d_kv=self.key("attention.key_length"), d_ff=self.key("feed_forward_length"),
            num_layers=self.key("block_count"), num_heads=self.key("attention.head_count"),
            num_decoder_layers=0 if is_encoder else self.key("decoder_block_count"),
            relative_attention_num_buckets=self.key("attention.relative_buckets_count"),
            relative_attention_max_distance=128, layer_norm_epsilon=self.key("attention.layer_norm_rms_epsilon"),
            feed_forward_proj="gated-gelu" if self.has("enc.blk.0.ffn_gate.weight") else "relu", dropout_rate=0.0,
            tie_word_embeddings=is_tied)
        made.tie_word_embeddings = is_tied  # the constructor ties whatever it is told
        return made

    def state(self):
        """The weights by transformers' names."""
        state = {}
        for name, values in self.tensors.items():
            parts = name.removesuffix(".weight").split(".")
            stage = {"enc": "encoder", "dec": "decoder"}.get(parts[0])
            if name == "token_embd.weight":
                for place in ("shared", "encoder.embed_tokens", "decoder.embed_tokens"):
                    state[place + ".weight"] = values
            elif name == "output.weight":
                state["lm_head.weight"] = values
            elif parts[1] == "output_norm":
                state[f"{stage}.final_layer_norm.weight"] = values
            else:
                state[f"{stage}.block.{parts[2]}.layer.{self.place(stage, parts[3])}.weight"] = values
        if not self.has("output.weight"):
            state["lm_head.weight"] = state["shared.weight"]
        return state

    def place(self, stage, part):
        last = 2 if stage == "decoder" else 1
        if part in SELF:
            return f"0.SelfAttention.{SELF[part]}"
        if part.startswith("cross_attn_") and part != "cross_attn_norm":
            return f"1.EncDecAttention.{part[-1]}"
        gated = self.has("enc.blk.0.ffn_gate.weight")
        return {"attn_norm": "0.layer_norm", "cross_attn_norm": "1.layer_norm", "ffn_norm": f"{last}.layer_norm",
                "ffn_gate": f"{last}.DenseReluDense.wi_0", "ffn_down": f"{last}.DenseReluDense.wo",
                "ffn_up": f"{last}.DenseReluDense." + ("wi_1" if gated else "wi")}[part]

    def model(self):
        if self.architecture == "t5encoder":
            made = transformers.T5EncoderModel(self.config(transformers.T5Config))
        elif self.has("enc.blk.1.attn_rel_b.weight"):
            made = transformers.UMT5ForConditionalGeneration(self.config(transformers.UMT5Config))
        else:
            made = transformers.T5ForConditionalGeneration(self.config(transformers.T5Config))
        made = made.double().eval()
        wanted = made.state_dict()
        made.load_state_dict({name: values for name, values in self.state().items() if name in wanted})
        return made


def transformers_answers(file):
    """The encoder's states and, where there is a decoder, its logits."""
    model = file.model()
    with torch.no_grad():
        states = model.get_encoder()(torch.tensor([SOURCE])).last_hidden_state[0]
        if file.architecture == "t5encoder":
            return states.numpy(), np.zeros((0, 0))
        logits = model(input_ids=torch.tensor([SOURCE]), decoder_input_ids=torch.tensor([DECODER])).logits[0]
    return states.numpy(), logits.numpy()


def sources():
    """Of 3 to 22 tokens with the end."""
    return [[(31 * i * i + 13 * i + 17 * n) % 120 + 3 for i in range(1, n + 3)] + [1] for n in range(SOURCES)]


def generate(model, options):
    """The best targets of each source, `[[{ids, score}]]`: without the start token, up to the end."""
    found = []
    for ids in sources():
        out = model.generate(
            torch.tensor([ids]), do_sample=False, max_new_tokens=NEW_TOKENS, return_dict_in_generate=True,
            output_scores=True, eos_token_id=1, pad_token_id=0, decoder_start_token_id=0, **options)
        scores = out.sequences_scores.tolist() if options.get("num_beams", 1) > 1 else [None]
        results = []
        for row, score in zip(out.sequences.tolist(), scores):
            row = row[1:]
            row = row[:row.index(1) + 1] if 1 in row else row
            results.append({"ids": row} if score is None else {"ids": row, "score": round(score, 6)})
        found.append(results)
    return found


def llama_cpp_logits(path):
    with Reference(path) as reference:
        ids = (llama_cpp.llama_token * len(SOURCE))(*SOURCE)
        if llama_cpp.llama_encode(reference.context, llama_cpp.llama_batch_get_one(ids, len(SOURCE))) != 0:
            raise RuntimeError("llama_encode failed")
        return reference.logits(DECODER)


def main():
    models = []
    for name in FILES:
        path = MODELS / f"{name}.gguf"
        file = File(path)
        states, logits = transformers_answers(file)
        np.concatenate([states.ravel(), logits.ravel()]).astype("<f4").tofile(HERE / f"{name}.f32")
        models.append({"file": path.name, "values": f"{name}.f32", "states": list(states.shape),
                       "logits": list(logits.shape)})
        if file.has("output.weight"):
            found = llama_cpp_logits(path)
            print(f"{name}: llama.cpp is {np.abs(found - logits).max():.3g} off, logits reach {np.abs(logits).max():.3g}")
    generation = []
    for name in GENERATING:
        model = File(MODELS / f"{name}.gguf").model()
        for options in GENERATION:
            generation.append({"file": f"{name}.gguf", "options": options, "results": generate(model, options)})
    listing = {"source": SOURCE, "decoder": DECODER, "models": models, "sources": sources(),
               "max_tokens": NEW_TOKENS, "generation": generation,
               "versions": {"torch": torch.__version__, "transformers": transformers.__version__}}
    (HERE / "text_to_text.json").write_text(json.dumps(listing) + "\n")


if __name__ == "__main__":
    main()
