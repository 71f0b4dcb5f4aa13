#!/usr/bin/env python3
"""Writes tiny encoders as transformers saves them, and what they must compute: vectors, logits of masks and classes.

    pip install torch==2.15.0 transformers==5.24.0 tokenizers==0.23.3 safetensors numpy
    make_encoders.py [--out FOLDER] [NAME ...]        # default: the folder of this file, all models

Each model has a folder `NAME/` and `NAME.json` beside it: token ids of a few texts and pairs by Hugging Face's tokenizers,
and what transformers computes of them in float64: the mean of the last states and the first of them, or the logits of
masks, of classes, of the classes of each token. Weights are F16 and random.
"""
import argparse
import json
import pathlib

import tokenizers
import torch
import transformers
from tokenizers import decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

from make_folders import CORPUS, LLAMA_3, draw, named, unigram as xlm_pieces

WORDS = ["the", "cat", "sat", "on", "a", "mat", "and", "did", "not", "rain"]
# Of 2 to 160 tokens: more than a tile of attention, and than the buckets of positions have distances.
LONG = " ".join(WORDS[(i * 7 + i // 3) % len(WORDS)] for i in range(60)) + "!"
TEXTS = ["The cat sat on the mat.", "naïve  Café, 12 \n'tis", "", " ".join(WORDS * 3), LONG]
PAIRS = [("the cat sat", "a mat"), ("", "rain"), (" ".join(WORDS * 2), "did the cat not sit?")]
SIZES = dict(hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4)
POSITIONS = 192


def wrapped(tokenizer, special, **roles):
    tokenizer.add_special_tokens([tokenizers.AddedToken(t, lstrip=t == special[-1], special=True) for t in special])
    roles.setdefault("model_input_names", ["input_ids", "token_type_ids", "attention_mask"])
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, **roles)


def word_piece(special, lowercase=True):
    """BERT's pieces: `special` is padding, unknown, beginning, end, mask."""
    letters = [chr(c) for c in range(ord("a"), ord("z") + 1)] + list("0123456789")
    pieces = special + letters + ["##" + letter for letter in letters]
    pieces += list(".,!?'") + ["the", "cat", "##at", "mat", "rain", "did"]
    tokenizer = tokenizers.Tokenizer(models.WordPiece({p: i for i, p in enumerate(pieces)}, unk_token=special[1]))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=lowercase)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return tokenizer, pieces


def bert_pieces():
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokenizer, pieces = word_piece(special)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    return len(pieces), wrapped(tokenizer, special, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]",
                                sep_token="[SEP]", mask_token="[MASK]")


def mpnet_pieces():
    special = ["<s>", "<pad>", "</s>", "[UNK]", "<mask>"]
    tokenizer, pieces = word_piece(special)
    tokenizer.model.unk_token = "[UNK]"
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0))
    return len(pieces), wrapped(tokenizer, special, bos_token="<s>", eos_token="</s>", cls_token="<s>", sep_token="</s>",
                                unk_token="[UNK]", pad_token="<pad>", mask_token="<mask>",
                                model_input_names=["input_ids", "attention_mask"])


def unigram(special, unknown, normalizer, splitter):
    pieces = [(token, 0.0) for token in special] + [("▁", -2.0), ("▁the", -2.5), ("▁cat", -3.0), ("at", -3.5)]
    pieces += [("▁rain", -3.25), ("▁sat", -3.4), ("▁did", -3.6), ("12", -104.0)]
    pieces += [(character, -4.0 - i / 8) for i, character in enumerate("etaoinshrdlcumwfgypbvkjxqz.,!?'\"12T")]
    tokenizer = tokenizers.Tokenizer(models.Unigram(pieces, unk_id=special.index(unknown)))
    tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = splitter
    cls, sep = special.index("[CLS]"), special.index("[SEP]")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS]:0 $A:0 [SEP]:0", pair="[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1",
        special_tokens=[("[CLS]", cls), ("[SEP]", sep)])
    return len(pieces), wrapped(tokenizer, special, bos_token="[CLS]", eos_token="[SEP]", cls_token="[CLS]",
                                sep_token="[SEP]", unk_token=unknown, pad_token=special[0], mask_token="[MASK]")


def deberta_pieces(old=True):
    """As convert_slow_tokenizer.py makes it (`old`), or as DebertaV2Tokenizer of transformers 5 does."""
    n = normalizers
    steps = [n.Strip(), n.Replace(tokenizers.Regex(" {2,}"), " ")] if old else [
        n.Replace(tokenizers.Regex(r"\s{2,}|[\n\r\t]"), " "), n.NFC(), n.Strip(left=False, right=True)]
    splitter = pre_tokenizers.Sequence([pre_tokenizers.Metaspace(prepend_scheme="always")])
    return unigram(["[PAD]", "[CLS]", "[SEP]", "[UNK]", "[MASK]"], "[UNK]", n.Sequence(steps), splitter)


def albert_pieces():
    n = normalizers
    steps = [n.Replace("``", '"'), n.Replace("''", '"'), n.NFKD(), n.StripAccents(), n.Lowercase()]
    splitter = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace(prepend_scheme="always")])
    return unigram(["<pad>", "<unk>", "[CLS]", "[SEP]", "[MASK]"], "<unk>", n.Sequence(steps), splitter)


def rounded(values):
    return [rounded(v) if isinstance(v, list) else float(f"{v:.7g}") for v in values]


def save(model, tokenizer, folder, texts=TEXTS, pairs=PAIRS, mask_in=None, architecture=None):
    """Writes the folder and what the model of its class computes."""
    path = folder / model.name
    model.save_pretrained(path)
    tokenizer.save_pretrained(path)
    (path / "generation_config.json").unlink(missing_ok=True)
    kind = type(model)
    model64 = kind.from_pretrained(path, dtype=torch.float64)
    if architecture:
        config = json.loads((path / "config.json").read_text())
        (path / "config.json").write_text(json.dumps(config | {"architectures": [architecture]}, indent=2) + "\n")

    def run(*text):
        inputs = tokenizer(*text, return_tensors="pt")
        known = {k: v for k, v in inputs.items()
                 if k != "token_type_ids" or getattr(model64.config, "type_vocab_size", 0) > 1}
        with torch.no_grad():
            return inputs["input_ids"][0].tolist(), model64(**known, output_hidden_states=True)
    runs = [run(text) for text in texts]
    states = [r.hidden_states[-1][0] if "Model" not in kind.__name__ else r.last_hidden_state[0] for _, r in runs]
    expected = {"texts": texts, "ids": [ids for ids, _ in runs]}
    if kind.__name__.endswith("Model"):
        expected["means"] = rounded([s.mean(0).tolist() for s in states])
        expected["firsts"] = rounded([s[0].tolist() for s in states])
    if kind.__name__.endswith("ForMaskedLM"):
        text = (mask_in or "the [MASK] sat on a mat").replace("[MASK]", tokenizer.mask_token)
        ids, result = run(text)
        places = [i for i, token in enumerate(ids) if token == tokenizer.mask_token_id]
        expected |= {"masked": text, "maskedIds": ids, "maskLogits": rounded([result.logits[0][i].tolist() for i in places])}
    if kind.__name__.endswith("ForSequenceClassification"):
        expected["classes"] = rounded([r.logits[0].tolist() for _, r in runs])
        results = [run(*pair) for pair in pairs]
        expected |= {"pairs": pairs, "pairIds": [ids for ids, _ in results],
                     "pairClasses": rounded([r.logits[0].tolist() for _, r in results])}
    if kind.__name__.endswith(("ForTokenClassification", "ForPreTraining")):
        logits = [r.logits[0] for _, r in runs]
        expected["tokenClasses"] = rounded([(l if l.ndim > 1 else l[:, None]).tolist() for l in logits[:2]])
    (folder / f"{model.name}.json").write_text(json.dumps(expected, ensure_ascii=False) + "\n", encoding="utf-8")
    return expected


def add_sidecar(folder):
    """What sentence-transformers puts beside all-mpnet-base-v2."""
    kinds = [("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Normalize", "Normalize")]
    modules = [{"idx": i, "name": str(i), "path": path, "type": "sentence_transformers.models." + kind}
               for i, (path, kind) in enumerate(kinds)]
    (folder / "modules.json").write_text(json.dumps(modules) + "\n")
    (folder / "1_Pooling").mkdir(exist_ok=True)
    pooling = {"word_embedding_dimension": 32, "pooling_mode_cls_token": False, "pooling_mode_mean_tokens": True}
    (folder / "1_Pooling" / "config.json").write_text(json.dumps(pooling) + "\n")


def made(name, kind, config, seed, dtype=torch.float16):
    return named(name, draw(kind, config, seed, dtype))


def diverse(model, tokenizer):
    """The same with a head whose logits have the same mean and deviation, so that tokens are of several classes."""
    with torch.no_grad():
        wide = type(model)(model.config).double().eval()
        wide.load_state_dict(model.state_dict())
        logits = torch.cat([wide(**tokenizer(text, return_tensors="pt")).logits[0] for text in TEXTS[:4]])
        factor = 2 / logits.std(0)
        model.classifier.weight.mul_(factor[:, None])
        model.classifier.bias.copy_((model.classifier.bias - logits.mean(0)) * factor)
    return model


def mpnet(folder):
    t = transformers
    count, tokenizer = mpnet_pieces()
    config = dict(SIZES, vocab_size=count, max_position_embeddings=POSITIONS + 2, layer_norm_eps=1e-5)
    save(made("mpnet", t.MPNetModel, t.MPNetConfig(**config), 31), tokenizer, folder, architecture="MPNetForMaskedLM")
    add_sidecar(folder / "mpnet")
    save(made("mpnet-masked", t.MPNetForMaskedLM, t.MPNetConfig(**config), 32), tokenizer, folder, TEXTS[:1])
    config = t.MPNetConfig(**config, num_labels=3)
    save(made("mpnet-classes", t.MPNetForSequenceClassification, config, 33), tokenizer, folder)


def deberta(folder):
    t = transformers
    count, tokenizer = deberta_pieces()
    v3 = dict(SIZES, vocab_size=count, max_position_embeddings=POSITIONS, relative_attention=True, position_buckets=16,
              max_relative_positions=-1, share_att_key=True, pos_att_type="p2c|c2p", norm_rel_ebd="layer_norm",
              position_biased_input=False, type_vocab_size=0, layer_norm_eps=1e-7)
    save(made("deberta-v3", t.DebertaV2Model, t.DebertaV2Config(**v3), 34), tokenizer, folder)
    save(made("deberta-v3-masked", t.DebertaV2ForMaskedLM, t.DebertaV2Config(**v3, legacy=False), 35), tokenizer, folder,
         TEXTS[:1])
    nli = dict(id2label={0: "entailment", 1: "neutral", 2: "contradiction"},
               label2id={"entailment": 0, "neutral": 1, "contradiction": 2})
    save(made("deberta-v3-nli", t.DebertaV2ForSequenceClassification, t.DebertaV2Config(**v3, **nli), 36), tokenizer,
         folder)
    count, tokenizer = deberta_pieces(old=False)
    v2 = dict(v3, vocab_size=count, share_att_key=False, pos_att_type=["c2p", "p2c"], norm_rel_ebd="none", position_buckets=-1,
              max_relative_positions=24, position_biased_input=True, type_vocab_size=2, embedding_size=16,
              conv_kernel_size=3, conv_act="gelu")
    config = t.DebertaV2Config(**v2, id2label={0: "O", 1: "B-X", 2: "I-X"})
    model = made("deberta-v2", t.DebertaV2ForTokenClassification, config, 37)
    save(diverse(model, tokenizer), tokenizer, folder)
    config = t.DebertaV2Config(**dict(v2, pos_att_type=["c2p"], conv_kernel_size=0))
    save(made("deberta-v2-masked", t.DebertaV2ForMaskedLM, config, 38), tokenizer, folder, TEXTS[:1])


def albert(folder):
    t = transformers
    count, tokenizer = albert_pieces()
    config = dict(SIZES, num_hidden_layers=4, vocab_size=count, max_position_embeddings=POSITIONS, embedding_size=16)
    save(made("albert", t.AlbertForMaskedLM, t.AlbertConfig(**config), 39), tokenizer, folder)
    config = t.AlbertConfig(**dict(config, num_hidden_layers=3), num_hidden_groups=2, hidden_act="gelu", num_labels=2)
    save(made("albert-classes", t.AlbertForSequenceClassification, config, 40), tokenizer, folder)


def electra(folder):
    t = transformers
    count, tokenizer = bert_pieces()
    config = dict(SIZES, vocab_size=count, max_position_embeddings=POSITIONS, embedding_size=16)
    save(made("electra", t.ElectraForMaskedLM, t.ElectraConfig(**config), 41), tokenizer, folder)
    config = dict(config, embedding_size=32)
    save(made("electra-replaced", t.ElectraForPreTraining, t.ElectraConfig(**config), 42), tokenizer, folder)
    config = t.ElectraConfig(**config, num_labels=3)
    save(made("electra-classes", t.ElectraForSequenceClassification, config, 43), tokenizer, folder)


RESIDUES = "L A G V S E R T I D P K Q N F Y M H W C X B U Z O . -".split()


def esm(folder):
    """In F32, as the folders hold the rotation frequencies, too."""
    t = transformers
    letters = ["<cls>", "<pad>", "<eos>", "<unk>"] + RESIDUES + ["<null_1>", "<mask>"]
    path = folder / "vocab.txt"
    path.write_text("\n".join(letters))
    tokenizer = t.EsmTokenizer(str(path))
    config = dict(SIZES, vocab_size=len(letters), mask_token_id=32, pad_token_id=1, max_position_embeddings=POSITIONS + 2,
                  position_embedding_type="rotary", token_dropout=True, layer_norm_eps=1e-5, emb_layer_norm_before=False)
    texts = ["MKTAYIAKQR", "M K t <mask> A*", "", "LAGVSERTIDPKQNFYMHWC" * 7]
    save(made("esm", t.EsmForMaskedLM, t.EsmConfig(**config), 44, torch.float32), tokenizer, folder, texts, mask_in="MK[MASK]AYI[MASK]KQR")
    save(made("esm-model", t.EsmModel, t.EsmConfig(**config), 45, torch.float32), tokenizer, folder, texts)
    config = t.EsmConfig(**dict(config, token_dropout=False), num_labels=3)
    save(made("esm-classes", t.EsmForTokenClassification, config, 46, torch.float32), tokenizer, folder, texts)
    path.unlink()


def eurobert_pieces():
    """Llama 3's byte-level BPE with a mask; a text begins with a token, and none ends it."""
    tokenizer = tokenizers.Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(tokenizers.Regex(LLAMA_3), "isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(CORPUS, trainers.BpeTrainer(
        vocab_size=285, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False))
    special = ["<|begin_of_text|>", "<|end_of_text|>", "<|mask|>"]
    tokenizer.add_special_tokens(special)
    begin = tokenizer.token_to_id(special[0])
    tokenizer.post_processor = processors.TemplateProcessing(
        single=special[0] + ":0 $A:0", pair=special[0] + ":0 $A:0 $B:1", special_tokens=[(special[0], begin)])
    return tokenizer.get_vocab_size(), PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token=special[0], eos_token=special[1], pad_token=special[1], mask_token=special[2],
        model_input_names=["input_ids", "attention_mask"])


def eurobert(folder):
    t = transformers
    count, tokenizer = eurobert_pieces()
    config = dict(SIZES, vocab_size=count, max_position_embeddings=POSITIONS, num_key_value_heads=2, rope_theta=1000.0,
                  bos_token_id=count - 3, eos_token_id=count - 2, pad_token_id=count - 2, mask_token_id=count - 1)
    save(made("eurobert", t.EuroBertForMaskedLM, t.EuroBertConfig(**config), 47), tokenizer, folder)
    config = t.EuroBertConfig(**config, classifier_pooling="mean", num_labels=3)
    save(made("eurobert-classes", t.EuroBertForSequenceClassification, config, 48), tokenizer, folder, pairs=[])


def jina(folder):
    t = transformers
    tokenizer = xlm_pieces()
    config = dict(SIZES, vocab_size=len(tokenizer), max_position_embeddings=POSITIONS, rope_theta=500.0)
    save(made("jina-v3", t.JinaEmbeddingsV3Model, t.JinaEmbeddingsV3Config(**config), 49), tokenizer, folder)


MODELS = dict(mpnet=mpnet, deberta=deberta, albert=albert, electra=electra, esm=esm, eurobert=eurobert, jina=jina)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--out", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent)
    arguments.add_argument("names", nargs="*", choices=[[], *MODELS])
    arguments = arguments.parse_args()
    for name in arguments.names or MODELS:
        MODELS[name](arguments.out)


if __name__ == "__main__":
    main()
