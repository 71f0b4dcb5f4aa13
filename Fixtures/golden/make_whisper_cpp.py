#!/usr/bin/env python3
"""Writes what whisper.cpp answers to a random-weight model: whisper_cpp.json.

    pip install numpy pywhispercpp==1.5.1       # carries libwhisper
    make_whisper_cpp.py

The model and the spectrogram are functions of a seed (whisper_bin.py); nothing of them is stored. Plain attention: with
flash attention whisper.cpp attends to the padding of its key/value cache too. Greedy: each token is the one with the
greatest logit, of all of the vocabulary. A margin is how far that lies above the second.
"""
import ctypes
import glob
import json
import pathlib
import sysconfig
import tempfile

import numpy as np

import whisper_bin

COUNT = 120
SEEDS = (1, 2, 3)
PROMPT = [50258, 50259, 50359, 50363]  # <|startoftranscript|> <|en|> <|transcribe|> <|notimestamps|>


class Parameters(ctypes.Structure):
    """whisper_context_params of whisper.cpp 1.8."""
    _fields_ = [("use_gpu", ctypes.c_bool), ("flash_attn", ctypes.c_bool), ("gpu_device", ctypes.c_int),
                ("dtw_token_timestamps", ctypes.c_bool), ("dtw_aheads_preset", ctypes.c_int),
                ("dtw_n_top", ctypes.c_int), ("n_heads", ctypes.c_size_t), ("heads", ctypes.c_void_p),
                ("dtw_mem_size", ctypes.c_size_t)]


def library():
    folder = sysconfig.get_paths()["platlib"]
    for name in ("libggml-base.so.0", "libggml-cpu.so.0", "libggml.so.0"):
        ctypes.CDLL(f"{folder}/{name}", mode=ctypes.RTLD_GLOBAL)
    lib = ctypes.CDLL(glob.glob(f"{folder}/libwhisper.so.1")[0])
    pointer, number = ctypes.c_void_p, ctypes.c_int
    lib.whisper_context_default_params.restype = Parameters
    lib.whisper_init_from_file_with_params.restype = pointer
    lib.whisper_init_from_file_with_params.argtypes = [ctypes.c_char_p, Parameters]
    lib.whisper_set_mel.argtypes = [pointer, pointer, number, number]
    lib.whisper_encode.argtypes = [pointer, number, number]
    lib.whisper_decode.argtypes = [pointer, pointer, number, number, number]
    lib.whisper_get_logits.restype = ctypes.POINTER(ctypes.c_float)
    lib.whisper_get_logits.argtypes = [pointer]
    return lib


def greedy(lib, path, mel, count, vocabulary=whisper_bin.VOCABULARY):
    parameters = lib.whisper_context_default_params()
    parameters.use_gpu = parameters.flash_attn = False
    context = lib.whisper_init_from_file_with_params(str(path).encode(), parameters)
    assert lib.whisper_set_mel(context, mel.ctypes.data, mel.shape[1], mel.shape[0]) == 0
    assert lib.whisper_encode(context, 0, 1) == 0
    ids, past, found, margins = np.array(PROMPT, np.int32), 0, [], []
    for _ in range(count):
        assert lib.whisper_decode(context, ids.ctypes.data, len(ids), past, 1) == 0
        rows = np.ctypeslib.as_array(lib.whisper_get_logits(context), (len(ids), vocabulary))
        past += len(ids)
        best = np.argsort(rows[-1])[-2:]
        found.append(int(best[1]))
        margins.append(float(rows[-1][best[1]] - rows[-1][best[0]]))
        ids = np.array([best[1]], np.int32)
    return found, margins


def main():
    lib = library()
    models = []
    for seed in SEEDS:
        with tempfile.NamedTemporaryFile(suffix=".bin") as file:
            file.write(whisper_bin.build(seed))
            file.flush()
            mel = whisper_bin.spectrogram(1000 + seed)
            tokens, margins = greedy(lib, file.name, mel, COUNT)
        models.append({"seed": seed, "spectrogram_seed": 1000 + seed, "tokens": tokens,
                       "least_margin": round(min(margins), 4)})
    here = pathlib.Path(__file__).parent
    (here / "whisper_cpp.json").write_text(json.dumps({"prompt": PROMPT, "models": models}, indent=1) + "\n")


if __name__ == "__main__":
    main()
