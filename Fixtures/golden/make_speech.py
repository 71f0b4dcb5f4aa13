#!/usr/bin/env python3
"""Writes what float64 arithmetic makes of the tiny Whisper models: whisper-*.f32, speech.json.

    pip install gguf numpy
    make_speech.py                  # in this folder; models from ../models
    pip install torch transformers && make_speech.py --check     # compares whisper64.py with transformers
"""
import argparse
import json
import pathlib

import numpy as np

from whisper64 import Whisper

HERE = pathlib.Path(__file__).parent
MODELS = HERE.parent / "models"
HEADS = [[0, 1], [2, 0], [2, 1]]  # layer, head
IDS = [259, 260, 264, 72, 101, 256, 258, 32, 300, 12, 255, 0]
WINDOWS = {"whole": 60, "short": 37}


def spectrogram():
    """[20, 120], as smooth and as large as a log-mel spectrogram is."""
    rng = np.random.RandomState(5)
    noise = rng.standard_normal((20, 124))
    smooth = sum(noise[:, i:i + 120] for i in range(5)) / 5
    return np.clip(smooth, -1, 1.5).astype(np.float32)


def save(name, values):
    np.ascontiguousarray(values, dtype="<f4").tofile(HERE / name)
    return name


def write():
    mel = spectrogram()
    found = {"mel": save("whisper-mel.f32", mel), "ids": IDS, "heads": HEADS, "windows": WINDOWS, "models": []}
    for kind in ("f32", "f16", "q8_0", "q4_0"):
        model = Whisper(MODELS / f"whisper-{kind}.gguf")
        entry = {"file": f"whisper-{kind}.gguf"}
        for window, positions in WINDOWS.items():
            encoded = model.encode(mel, positions)
            logits, weights = model.decode(IDS, encoded)
            attention = np.stack([weights[layer][head] for layer, head in HEADS])
            joined = np.concatenate([encoded.ravel(), logits.ravel(), attention.ravel()])
            entry[window] = save(f"whisper-{kind}-{window}.f32", joined)
        found["models"].append(entry)
    (HERE / "speech.json").write_text(json.dumps(found, indent=1) + "\n")


def check():
    import torch
    from transformers import WhisperConfig, WhisperModel

    ours = Whisper(MODELS / "whisper-f32.gguf")
    config = WhisperConfig(
        vocab_size=len(ours.tensors["token_embd.weight"]), num_mel_bins=20, d_model=32, encoder_layers=2,
        decoder_layers=3, encoder_attention_heads=2, decoder_attention_heads=2, encoder_ffn_dim=128,
        decoder_ffn_dim=128, max_source_positions=60, max_target_positions=40, pad_token_id=0, bos_token_id=0,
        eos_token_id=0, decoder_start_token_id=0)
    theirs = WhisperModel(config).double().eval()
    parts = {"q": "q_proj", "k": "k_proj", "v": "v_proj", "output": "out_proj"}
    names = {"token_embd.weight": "decoder.embed_tokens.weight"}
    for short, long in (("enc", "encoder"), ("dec", "decoder")):
        names[f"{short}.position_embd.weight"] = f"{long}.embed_positions.weight"
        for ending in ("weight", "bias"):
            names[f"{short}.output_norm.{ending}"] = f"{long}.layer_norm.{ending}"
            for index in (1, 2):
                names[f"enc.conv1d.{index}.{ending}"] = f"encoder.conv{index}.{ending}"
            for layer in range(3):
                block, place = f"{short}.blk.{layer}", f"{long}.layers.{layer}"
                names[f"{block}.ffn_norm.{ending}"] = f"{place}.final_layer_norm.{ending}"
                names[f"{block}.ffn_up.{ending}"] = f"{place}.fc1.{ending}"
                names[f"{block}.ffn_down.{ending}"] = f"{place}.fc2.{ending}"
                for prefix, module in (("", "self_attn"), ("cross_", "encoder_attn")):
                    names[f"{block}.{prefix}attn_norm.{ending}"] = f"{place}.{module}_layer_norm.{ending}"
                    for part, name in parts.items():
                        names[f"{block}.{prefix}attn_{part}.{ending}"] = f"{place}.{module}.{name}.{ending}"
    weights = {names[n]: torch.from_numpy(t) for n, t in ours.tensors.items() if n in names}
    missing = theirs.load_state_dict(weights, strict=False)
    assert not missing.unexpected_keys and not missing.missing_keys, missing
    mel = spectrogram()
    with torch.no_grad():
        result = theirs(torch.from_numpy(mel.astype(np.float64))[None], decoder_input_ids=torch.tensor([IDS]))
    encoded = ours.encode(mel, 60)
    logits, _ = ours.decode(IDS, encoded)
    states = result.last_hidden_state[0].numpy()
    print("encoder:", np.abs(result.encoder_last_hidden_state[0].numpy() - encoded).max())
    print("logits:", np.abs(states @ ours.tensors["token_embd.weight"].T - logits).max())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    check() if parser.parse_args().check else write()
