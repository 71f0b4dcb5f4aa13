#!/usr/bin/env python3
"""Writes a model of whisper.cpp's (ggml-*.bin with f16 or f32 weights) as Hugging Face's transformers saves one, for peers
that read such folders, and to compare `swiftlet convert` of both.

    pip install torch transformers tokenizers numpy
    whisper_folder.py ggml-tiny.bin FOLDER
"""
import argparse
import pathlib
import struct

import numpy
import torch
import transformers

NAMES = [("attn_ln", "self_attn_layer_norm"), ("attn.query", "self_attn.q_proj"), ("attn.key", "self_attn.k_proj"),
         ("attn.value", "self_attn.v_proj"), ("attn.out", "self_attn.out_proj"), ("mlp_ln", "final_layer_norm"),
         ("mlp.0", "fc1"), ("mlp.2", "fc2"), ("blocks.", "layers."), ("ln_post", "layer_norm"),
         ("decoder.ln.", "decoder.layer_norm."), ("token_embedding", "embed_tokens"),
         ("positional_embedding", "embed_positions.weight")]


class Reader:
    def __init__(self, data):
        self.data, self.place = data, 0

    def numbers(self, count, kind="i"):
        self.place += 4 * count
        return struct.unpack_from(f"<{count}{kind}", self.data, self.place - 4 * count)

    def bytes(self, count):
        self.place += count
        return self.data[self.place - count:self.place]


def characters():
    """What stands for each byte in vocabularies of GPT-2's kind."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in plain]
    return {**{byte: chr(byte) for byte in plain}, **{byte: chr(256 + i) for i, byte in enumerate(others)}}


def renamed(name):
    name = name.replace("cross_attn_ln", "encoder_attn_layer_norm")
    for part, source in (("q_proj", "query"), ("k_proj", "key"), ("v_proj", "value"), ("out_proj", "out")):
        name = name.replace(f"cross_attn.{source}.", f"encoder_attn.{part}.")
    if "encoder_attn" not in name:
        for old, new in NAMES:
            name = name.replace(old, new)
    return "model." + name.replace("blocks.", "layers.")


def read(path):
    r = Reader(pathlib.Path(path).read_bytes())
    assert r.numbers(1, "I")[0] == 0x67676D6C, "not a file of whisper.cpp's"
    header = r.numbers(11)
    bands, bins = r.numbers(2)
    r.bytes(4 * bands * bins)
    words = [r.bytes(r.numbers(1)[0]) for _ in range(r.numbers(1)[0])]
    tensors = {}
    while r.place < len(r.data):
        rank, length, kind = r.numbers(3)
        assert kind in (0, 1), "weights are quantized: give the file that they were made of"
        shape = r.numbers(rank)[::-1]
        name = r.bytes(length).decode()
        count = int(numpy.prod(shape))
        values = numpy.frombuffer(r.bytes(count * (4 if kind == 0 else 2)), "<f4" if kind == 0 else "<f2")
        shape = shape[:1] if name.endswith(".bias") else shape
        tensors[renamed(name)] = torch.from_numpy(values.reshape(shape).astype(numpy.float32))
    return header, words, tensors


def write_tokenizer(folder, words, config):
    from transformers.models.whisper.tokenization_whisper import LANGUAGES
    alphabet = characters()
    first = 50256 if config.vocab_size == 51864 else 50257
    vocabulary = {}
    for index, word in enumerate(words[:first]):
        text = "".join(alphabet[byte] for byte in word)
        # Vocabularies that were damaged on their way through UTF-8 have tokens twice.
        vocabulary[text if text not in vocabulary else f"[{index}]"] = index
    languages = list(LANGUAGES)[:config.vocab_size - 51766] if first == 50257 else list(LANGUAGES)[:99]
    tasks = ["translate", "transcribe", "startoflm", "startofprev", "nospeech", "notimestamps"]
    special = [f"<|{name}|>" for name in ["endoftext", "startoftranscript", *languages, *tasks]]
    tokenizer = transformers.WhisperTokenizer(vocab=vocabulary, merges=[], additional_special_tokens=special[1:])
    times = [transformers.AddedToken(f"<|{index * 0.02:.2f}|>") for index in range(1501)]
    tokenizer.add_tokens(times)
    assert len(tokenizer) == config.vocab_size, (len(tokenizer), config.vocab_size)
    tokenizer.save_pretrained(folder)
    transformers.WhisperFeatureExtractor(feature_size=config.num_mel_bins).save_pretrained(folder)
    return first


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("folder", type=pathlib.Path)
    options = parser.parse_args()
    header, words, tensors = read(options.model)
    vocabulary, audio, width, heads, layers, text, _, text_heads, text_layers, bands, _ = header
    config = transformers.WhisperConfig(
        vocab_size=vocabulary, num_mel_bins=bands, d_model=width, encoder_layers=layers, decoder_layers=text_layers,
        encoder_attention_heads=heads, decoder_attention_heads=text_heads, encoder_ffn_dim=4 * width,
        decoder_ffn_dim=4 * width, max_source_positions=audio, max_target_positions=text)
    first = write_tokenizer(options.folder, words, config)
    config.bos_token_id = config.eos_token_id = config.pad_token_id = first
    config.decoder_start_token_id = first + 1
    config.suppress_tokens = config.begin_suppress_tokens = None
    model = transformers.WhisperForConditionalGeneration(config)
    missing, unknown = model.load_state_dict(tensors, strict=False)
    assert not unknown and set(missing) <= {"proj_out.weight"}, (missing, unknown)
    model.save_pretrained(options.folder)


if __name__ == "__main__":
    main()
