#!/usr/bin/env python3
"""Writes lines in twenty scripts, small vocabularies, and the ids that the peers' WordPiece and Unigram give.

    pip install tokenizers==0.23.3 sentencepiece==0.2.3 protobuf==7.36.2 gguf==0.19.0
    make_encoder_ids.py FOLDER     # with ggml-vocab-bert-bge.gguf of llama.cpp's models/

See README.md for the files.
"""
import io
import json
import os
import sys

import gguf
import sentencepiece
from sentencepiece import sentencepiece_model_pb2 as model_pb2
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

import scripts

HERE = os.path.dirname(os.path.abspath(__file__))
MODELS = os.path.join(HERE, "../../models")
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
# Replacements for the model without SentencePiece's own: folding, two for one, one for two, nothing, white space.
RULES = {"A": "a", "B": "bb", "ab": "x", "\u00df": "ss", "e\u0301": "\u00e9", "\u200b": "", "\u00a0": " ", "\u3000": " ",
         "\t": " ", "\n": " ", "...": "\u2026", "--": " \u2014 ", "\U0001f999": "llama", "\ufdfa": "  x  y  "}


def fnv(ids):
    value = 0xCBF29CE484222325
    for id in ids:
        for byte in id.to_bytes(4, "little"):
            value = (value ^ byte) * 0x100000001B3 % 2**64
    return f"{value:016x}"


def write(name, lines):
    with open(os.path.join(HERE, name), "w", newline="\n") as file:
        file.write("\n".join(lines) + "\n")


def write_ids(name, ids):
    write(f"{name}.ids", (" ".join(map(str, line)) for line in ids))


def write_hashes(name, ids):
    write(f"{name}.fnv", map(fnv, ids))


def word_piece(vocabulary, lowercase, strip_accents=None):
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]", max_input_chars_per_word=100))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=lowercase, strip_accents=strip_accents)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    return tokenizer


def encode(tokenizer, texts):
    return [encoding.ids for encoding in tokenizer.encode_batch(texts, add_special_tokens=False)]


def bge_vocabulary(folder):
    reader = gguf.GGUFReader(os.path.join(folder, "ggml-vocab-bert-bge.gguf"))
    tokens = reader.fields["tokenizer.ggml.tokens"].contents()
    kinds = reader.fields["tokenizer.ggml.token_type"].contents()
    vocabulary = {}
    for id, (text, kind) in enumerate(zip(tokens, kinds)):
        if kind == gguf.TokenType.NORMAL and not text.startswith("[unused"):
            text = text[1:] if text[0] == "\u2581" else "##" + text
        vocabulary[text] = id
    return vocabulary


def write_vocabulary(name, architecture, model, tokens, scores, kinds, settings):
    writer = gguf.GGUFWriter(os.path.join(MODELS, f"{name}.gguf"), architecture)
    writer.add_tokenizer_model(model)
    writer.add_token_list(tokens)
    if scores:
        writer.add_token_scores(scores)
    writer.add_token_types(kinds)
    settings(writer)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()


def make_word_piece(texts):
    """A vocabulary of our own, with `##` as BERT has it, cased: letters of both cases and accents are in it."""
    tokenizer = word_piece({"[UNK]": 0}, lowercase=False, strip_accents=False)
    trainer = trainers.WordPieceTrainer(vocab_size=2500, special_tokens=SPECIAL, limit_alphabet=900, show_progress=False)
    lower = normalizers.BertNormalizer().normalize_str
    tokenizer.train_from_iterator(texts + [lower(text) for text in texts], trainer)
    vocabulary = tokenizer.get_vocab()
    tokens = sorted(vocabulary, key=vocabulary.get)

    def settings(writer):
        writer.add_bool("tokenizer.ggml.normalizer.lowercase", True)
        writer.add_unk_token_id(1)
        writer.add_bos_token_id(2)
        writer.add_sep_token_id(3)
        writer.add_eos_token_id(3)
        writer.add_pad_token_id(0)
        writer.add_mask_token_id(4)
        writer.add_add_bos_token(True)
        writer.add_add_eos_token(True)
        writer.add_add_sep_token(False)

    kinds = [gguf.TokenType.CONTROL if t in SPECIAL else gguf.TokenType.NORMAL for t in tokens]
    write_vocabulary("vocab-wordpiece", "bert", "bert", tokens, None, kinds, settings)
    for name, lowercase, strip in [("uncased", True, None), ("cased", False, None), ("uncased-accents", True, False),
                                   ("cased-stripped", False, True)]:
        hf = word_piece(vocabulary, lowercase, strip)
        ids = encode(hf, texts)
        write_hashes(f"wordpiece.{name}", ids)
        if name == "uncased":
            write("wordpiece.decoded.jsonl", (json.dumps(hf.decode(line), ensure_ascii=False) for line in ids[:1000:5]))


def make_unigram(name, texts, ids, **options):
    """A model trained on a quarter of the texts, in SentencePiece's order of ids; its answers, and those of Hugging Face."""
    blob = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(text.replace("\n", " ").replace("\0", "") for text in texts[::4]), model_writer=blob,
        model_type="unigram", num_threads=1, hard_vocab_limit=False, minloglevel=2, **(ids | options))
    processor = sentencepiece.SentencePieceProcessor(model_proto=blob.getvalue())
    proto = model_pb2.ModelProto.FromString(blob.getvalue())
    charsmap = proto.normalizer_spec.precompiled_charsmap
    dummy, extra = proto.normalizer_spec.add_dummy_prefix, proto.normalizer_spec.remove_extra_whitespaces
    types = model_pb2.ModelProto.SentencePiece.Type

    def settings(writer):
        writer.add_add_space_prefix(dummy)
        writer.add_remove_extra_whitespaces(extra)
        if charsmap:
            writer.add_precompiled_charsmap(charsmap)
        writer.add_unk_token_id(ids["unk_id"])
        writer.add_eos_token_id(ids["eos_id"])
        writer.add_pad_token_id(ids["pad_id"])
        if ids["bos_id"] >= 0:
            writer.add_bos_token_id(ids["bos_id"])
        writer.add_add_bos_token(ids["bos_id"] >= 0)
        writer.add_add_eos_token(True)

    write_vocabulary(f"vocab-{name}", "t5", "t5", [piece.piece for piece in proto.pieces],
                     [piece.score for piece in proto.pieces], [piece.type for piece in proto.pieces], settings)
    expected = processor.encode(texts)
    write_hashes(name, expected)
    write(f"{name}.decoded.jsonl", (json.dumps(processor.decode(x), ensure_ascii=False) for x in expected[:1000:5]))

    hf = Tokenizer(models.Unigram([(piece.piece, piece.score) for piece in proto.pieces], ids["unk_id"],
                                  byte_fallback=any(piece.type == types.BYTE for piece in proto.pieces)))
    if charsmap:
        hf.normalizer = normalizers.Precompiled(charsmap)
    metaspace = pre_tokenizers.Metaspace(prepend_scheme="always" if dummy else "never")
    hf.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), metaspace]) if extra else metaspace
    found = encode(hf, texts)
    write_hashes(f"{name}.hf", found)
    same = sum(a == b for a, b in zip(found, expected))
    print(f"{name}: {len(proto.pieces)} tokens, Hugging Face as SentencePiece on {same} of {len(texts)} lines")


def main():
    texts = scripts.lines()
    write("scripts.jsonl", (json.dumps(text, ensure_ascii=False) for text in texts))
    write_ids("bert-bge", encode(word_piece(bge_vocabulary(sys.argv[1]), lowercase=True), texts))
    make_word_piece(texts)
    xlmr = dict(bos_id=0, pad_id=1, eos_id=2, unk_id=3)
    t5 = dict(bos_id=-1, pad_id=0, eos_id=1, unk_id=2)
    make_unigram("unigram-nfkc", texts, xlmr, vocab_size=2000, character_coverage=0.98,
                 normalization_rule_name="nmt_nfkc", user_defined_symbols=[])
    rules = os.path.join(HERE, "rules.tsv")
    with open(rules, "w") as file:
        for source, target in RULES.items():
            file.write(" ".join(f"{ord(c):X}" for c in source) + "\t" + " ".join(f"{ord(c):X}" for c in target) + "\n")
    make_unigram("unigram-bytes", texts, t5, vocab_size=2500, character_coverage=0.98, normalization_rule_tsv=rules,
                 byte_fallback=True)
    os.remove(rules)
    make_unigram("unigram-plain", texts, t5, vocab_size=2000, character_coverage=0.98,
                 normalization_rule_name="identity", remove_extra_whitespaces=False, add_dummy_prefix=False)


if __name__ == "__main__":
    main()
