#!/usr/bin/env python3
"""Writes tiny models whose folders have a SentencePiece model and no tokenizer.json, as mT5's, Pegasus's, mBART-50's, M2M100's and
NLLB's do, and the ids that transformers' tokenizers give.

    pip install torch transformers tokenizers safetensors sentencepiece
    make_pieces.py [--out FOLDER]        # default: the folder of this file

NAME-pieces.json has texts, their ids without tokens around them, and the ids of some special tokens.
"""
import argparse
import io
import json
import pathlib
import tempfile

import sentencepiece
import torch
import transformers

from make_folders import CORPUS, draw

# A few characters become others: fullwidth letters, typographic quotes, a ligature.
RULES = "FF21\t41\n2019\t27\nFB01\t66 69\n3000\t20\n"
TEXTS = ["the cat sat", " a  fat\u3000cat", "\uff21 cat\u2019s \ufb01sh", "\u4f60\u597d the", ""]
# In the order of their ids, as the published folders list them.
NLLB = ["ace_Arab", "deu_Latn", "eng_Latn", "zho_Hans"]


def pieces(algorithm, **ids):
    """The bytes of a model of the corpus."""
    with tempfile.TemporaryDirectory() as folder:
        rules = pathlib.Path(folder) / "rules.tsv"
        rules.write_text(RULES)
        model = io.BytesIO()
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(CORPUS), model_writer=model, vocab_size=40, model_type=algorithm, hard_vocab_limit=False,
            normalization_rule_tsv=str(rules), minloglevel=2, **ids)
    return model.getvalue()


def made(folder, name, kind, config, file, model, settings, lists=None, vocab=None):
    """The folder of a model, and what transformers makes of the texts."""
    out = folder / f"{name}-pieces"
    network = draw(kind, config, 20)
    network.save_pretrained(out)
    (out / file).write_bytes(model)
    (out / "tokenizer_config.json").write_text(json.dumps(settings) + "\n")
    if lists:
        (out / "special_tokens_map.json").write_text(json.dumps({"additional_special_tokens": lists}) + "\n")
    if vocab:
        (out / "vocab.json").write_text(json.dumps(vocab, ensure_ascii=False) + "\n")
    return out


def small(count):
    form = dict(vocab_size=count, d_model=8, encoder_layers=1, decoder_layers=1, encoder_attention_heads=1,
                decoder_attention_heads=1, encoder_ffn_dim=8, decoder_ffn_dim=8, max_position_embeddings=16)
    return form | dict(bos_token_id=0, pad_token_id=1, eos_token_id=2, decoder_start_token_id=2)


def expect(folder, name, ids, names):
    text = {"texts": TEXTS, "ids": [ids(t) for t in TEXTS], "tokens": names}
    (folder / f"{name}-pieces.json").write_text(json.dumps(text, ensure_ascii=False) + "\n")


def plain(tokenizer):
    return lambda text: tokenizer(text, add_special_tokens=False)["input_ids"]


def some(tokenizer, *names):
    return {name: tokenizer.convert_tokens_to_ids(name) for name in names}


def main():
    t = transformers
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--out", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent)
    folder = arguments.parse_args().out
    t5 = pieces("unigram", pad_id=0, eos_id=1, unk_id=2, bos_id=-1)
    fairseq = pieces("unigram")
    bpe = pieces("bpe")
    count = len(sentencepiece.SentencePieceProcessor(model_proto=t5))

    config = t.MT5Config(vocab_size=count + 6, d_model=8, d_kv=8, d_ff=8, num_layers=1, num_heads=1, decoder_start_token_id=0)
    out = made(folder, "mt5", t.MT5ForConditionalGeneration, config, "spiece.model", t5,
               {"tokenizer_class": "T5Tokenizer", "extra_ids": 4})
    tokenizer = t.T5Tokenizer.from_pretrained(out)
    expect(folder, "mt5", plain(tokenizer), some(tokenizer, "<pad>", "</s>", "<extra_id_0>", "<extra_id_3>"))

    count = len(sentencepiece.SentencePieceProcessor(model_proto=fairseq))
    out = made(folder, "mbart50", t.MBartForConditionalGeneration, t.MBartConfig(**small(count + 54)),
               "sentencepiece.bpe.model", fairseq, {"tokenizer_class": "MBart50Tokenizer"})
    tokenizer = t.MBart50Tokenizer.from_pretrained(out)
    expect(folder, "mbart50", plain(tokenizer), some(tokenizer, "<s>", "en_XX", "af_ZA", "sl_SI", "<mask>"))

    count = len(sentencepiece.SentencePieceProcessor(model_proto=bpe))
    out = made(folder, "nllb", t.M2M100ForConditionalGeneration, t.M2M100Config(**small(count + 2 + len(NLLB))),
               "sentencepiece.bpe.model", bpe, {"tokenizer_class": "NllbTokenizer"}, lists=NLLB)
    tokenizer = t.NllbTokenizer.from_pretrained(out, extra_special_tokens=NLLB)
    # transformers 5 puts <mask> before the languages; the tokenizer.json that NLLB is published with has it behind them.
    names = {name: count + 1 + i for i, name in enumerate(NLLB + ["<mask>"])}
    expect(folder, "nllb", plain(tokenizer), names)

    processor = sentencepiece.SentencePieceProcessor(model_proto=bpe)
    words = ["<s>", "<pad>", "</s>", "<unk>"] + [processor.id_to_piece(i) for i in reversed(range(3, count))]
    out = made(folder, "m2m100", t.M2M100ForConditionalGeneration, t.M2M100Config(**small(len(words) + 108)),
               "sentencepiece.bpe.model", bpe, {"tokenizer_class": "M2M100Tokenizer"},
               vocab={word: i for i, word in enumerate(words)})
    tokenizer = t.M2M100Tokenizer(str(out / "vocab.json"), str(out / "sentencepiece.bpe.model"))
    expect(folder, "m2m100", plain(tokenizer), some(tokenizer, "__af__", "__en__", "__zu__"))


if __name__ == "__main__":
    torch.manual_seed(1)
    main()
