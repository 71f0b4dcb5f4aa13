"""Scores translations of sentences that were held out: python evaluate.py CORPUS translate.gguf --swiftlet swiftlet

BLEU and chrF (sacrebleu) of Swiftlet, of the file's weights in PyTorch (greedy) and in transformers (greedy and by beams), and
of the source as it is; how many translations are the same.
"""
import argparse
import json
import pathlib
import subprocess

import sacrebleu
import torch
import transformers

from export import BEAMS, pieces_of, read_gguf
from model import END, PAD, START

LONGEST = 255


def marian(model):
    """The same network in transformers: Marian's, with the positions of 2017 in place of its own."""
    c = model.config
    config = transformers.MarianConfig(
        vocab_size=c.vocab, d_model=c.width, encoder_layers=c.encoder_layers, decoder_layers=c.decoder_layers,
        encoder_attention_heads=c.heads, decoder_attention_heads=c.heads, encoder_ffn_dim=c.feed_forward,
        decoder_ffn_dim=c.feed_forward, max_position_embeddings=c.context, activation_function="relu", scale_embedding=True,
        pad_token_id=PAD, decoder_start_token_id=START, eos_token_id=END, forced_eos_token_id=None)
    twin = transformers.MarianMTModel(config).eval()
    twin.generation_config = transformers.GenerationConfig(pad_token_id=PAD, decoder_start_token_id=START, eos_token_id=END)
    state = twin.state_dict()
    for side, layers in (("encoder", model.encoder), ("decoder", model.decoder)):
        state[f"model.{side}.embed_positions.weight"] = model.positions
        state[f"model.{side}.embed_tokens.weight"] = model.tokens.weight
        for i, layer in enumerate(layers):
            base = f"model.{side}.layers.{i}."
            parts = [("self_attn", layer.attention, layer.attention_norm)]
            if side == "decoder":
                parts.append(("encoder_attn", layer.cross, layer.cross_norm))
            named = [("fc1", layer.feed_forward.up), ("fc2", layer.feed_forward.down), ("final_layer_norm", layer.feed_forward_norm)]
            for name, attention, norm in parts:
                named += [(f"{name}_layer_norm", norm), (f"{name}.q_proj", attention.q), (f"{name}.k_proj", attention.k),
                          (f"{name}.v_proj", attention.v), (f"{name}.out_proj", attention.output)]
            for name, module in named:
                state[base + name + ".weight"], state[base + name + ".bias"] = module.weight, module.bias
    state["model.shared.weight"] = state["lm_head.weight"] = model.tokens.weight
    twin.load_state_dict(state)
    return twin


@torch.no_grad()
def by_transformers(twin, pieces, sources, beams):
    result = []
    for source in sources:
        ids = torch.tensor([pieces.encode(source) + [END]])
        found = twin.generate(ids, attention_mask=torch.ones_like(ids), num_beams=beams, max_new_tokens=LONGEST, do_sample=False)
        result.append(pieces.decode([i for i in found[0].tolist() if i not in (PAD, END)]))
    return result


def by_model(model, pieces, sources):
    found = (model.greedy(torch.tensor([pieces.encode(s) + [END]]), LONGEST) for s in sources)
    return [pieces.decode([i for i in ids if i != END]) for ids in found]


def by_swiftlet(command, file, sources, beams):
    lines = subprocess.run([command, "translate", "-m", str(file), "--beam", str(beams), "-n", str(LONGEST)], text=True, check=True,
                           input="".join(s + "\n" for s in sources), stdout=subprocess.PIPE).stdout.split("\n")
    return lines[:len(sources)]


def scores(name, found, references):
    bleu, chrf = sacrebleu.corpus_bleu(found, [references]), sacrebleu.corpus_chrf(found, [references])
    print(f"{name:28} BLEU {bleu.score:5.2f}  chrF {chrf.score:5.2f}", flush=True)


def same(name, one, other):
    print(f"{name:28} {sum(a == b for a, b in zip(one, other))} of {len(one)} the same", flush=True)


def main(a):
    torch.set_num_threads(1)
    pairs = [json.loads(line) for line in open(a.corpus / "heldout.jsonl")][:a.count]
    sources, references = [p[0] for p in pairs], [p[1] for p in pairs]
    pieces = pieces_of(a.file)
    model = read_gguf(a.file)
    scores("the source", sources, references)
    torch_greedy = by_model(model, pieces, sources)
    scores("PyTorch, greedy", torch_greedy, references)
    if a.show:
        for row in list(zip(sources, torch_greedy, references))[:a.show]:
            print(*row, "", sep="\n")
    twin = marian(model) if a.transformers else None
    if twin:
        found = by_transformers(twin, pieces, sources, 1)
        scores("transformers, greedy", found, references)
        same("PyTorch and transformers", torch_greedy, found)
        beams = by_transformers(twin, pieces, sources, BEAMS)
        scores(f"transformers, {BEAMS} beams", beams, references)
    if a.swiftlet:
        found = by_swiftlet(a.swiftlet, a.file, sources, 1)
        scores("Swiftlet, greedy", found, references)
        same("Swiftlet and PyTorch", found, torch_greedy)
        found = by_swiftlet(a.swiftlet, a.file, sources, BEAMS)
        scores(f"Swiftlet, {BEAMS} beams", found, references)
        if twin:
            same(f"Swiftlet and transformers, {BEAMS} beams", found, beams)


if __name__ == "__main__":
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("corpus", type=pathlib.Path)
    p.add_argument("file", type=pathlib.Path)
    p.add_argument("--swiftlet", help="the command to compare with")
    p.add_argument("--transformers", action="store_true", help="compare with transformers, too")
    p.add_argument("--count", type=int, default=500)
    p.add_argument("--show", type=int, default=0, help="print as many translations")
    main(p.parse_args())
