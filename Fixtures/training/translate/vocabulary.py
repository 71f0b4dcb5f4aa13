"""Trains the joint vocabulary: python vocabulary.py CORPUS (reads train.jsonl, writes pieces.model)"""
import json
import pathlib
import sys
import tempfile

import sentencepiece

SIZE = 4_096
# Typographic characters that texts may have and the corpus does not: "from<tab>to" in hexadecimal.
RULES = {"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "−": "-", "‑": "-", "\u202f": "\u00a0"}


def rules():
    def code(s):
        return " ".join(f"{ord(c):X}" for c in s)
    return "".join(f"{code(a)}\t{code(b)}\n" for a, b in RULES.items())


def main(corpus):
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "rules.tsv").write_text(rules())
        with open(folder / "text.txt", "w") as out:
            for line in open(corpus / "train.jsonl"):
                en, fr, kind = json.loads(line)
                if kind == "description":  # paragraphs have the same sentences once more
                    out.write(f"{en}\n{fr}\n")
        sentencepiece.SentencePieceTrainer.train(
            input=str(folder / "text.txt"), model_prefix=str(corpus / "pieces"), vocab_size=SIZE, model_type="unigram",
            character_coverage=0.9998, byte_fallback=True, normalization_rule_tsv=str(folder / "rules.tsv"),
            pad_id=0, eos_id=1, unk_id=2, bos_id=-1, num_threads=1, shuffle_input_sentence=False, minloglevel=1)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
