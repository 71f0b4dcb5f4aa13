#!/usr/bin/env python3
"""One measurement of a peer for compare_speech.py: prints milliseconds a window and a token, and a file's seconds, as JSON.

    peer_whisper.py whisper.cpp --model ggml-tiny.bin --sound talk.wav --threads 2
    peer_whisper.py ctranslate2-int8 --model FOLDER --threads 2        # the encoder alone

The window and the tokens are those of `swiftlet bench --speech`: noise of 3000 frames, a prompt of four tokens and then 64
steps of one. The file is transcribed greedily, without fallback. FOLDER is the model as Hugging Face has it; its
conversion is kept in --cache. whisper.cpp runs with its defaults, flash attention where it chooses so.

Needs pywhispercpp, or ctranslate2 with torch and transformers; numpy.
"""
import argparse
import ctypes
import glob
import importlib.metadata
import json
import os
import pathlib
import statistics
import sysconfig
import time
import wave

import numpy

STEPS = 64
FRAMES = 3000


def seconds(work):
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def median(work, repeat):
    """Of some runs, after one that is not counted."""
    return statistics.median([seconds(work) for _ in range(repeat + 1)][1:])


def noise(bands):
    return (numpy.random.default_rng(1).integers(0, 2048, (bands, FRAMES)) / 1024 - 1).astype(numpy.float32)


def samples(path):
    with wave.open(str(path)) as sound:
        assert (sound.getframerate(), sound.getnchannels(), sound.getsampwidth()) == (16000, 1, 2), "16 kHz, mono, s16"
        return numpy.frombuffer(sound.readframes(sound.getnframes()), "<i2").astype(numpy.float32) / 32768


def whisper_library():
    """Loaded first, as a build of one's own may not find its parts by itself."""
    folder = sysconfig.get_paths()["platlib"]
    for name in ("libggml-base.so.0", "libggml-cpu.so.0", "libggml.so.0"):
        for path in glob.glob(f"{folder}/{name}"):
            ctypes.CDLL(path, mode=ctypes.RTLD_GLOBAL)
    return ctypes.CDLL(f"{folder}/libwhisper.so.1", mode=ctypes.RTLD_GLOBAL)


def whisper_cpp(options):
    library = whisper_library()
    from pywhispercpp.model import Model
    import _pywhispercpp as binding
    model = Model(
        str(options.model), n_threads=options.threads, redirect_whispercpp_logs_to=os.devnull, language="en",
        greedy={"best_of": 1}, temperature_inc=0.0, no_context=True, print_progress=False, print_realtime=False)
    sound = samples(options.sound)
    found = []

    def transcribe():
        found[:] = model.transcribe(sound)
    file = median(transcribe, options.repeat)
    tokens = sum(binding.whisper_full_n_tokens(model._ctx, i) for i in range(len(found)))

    pointer, number = ctypes.c_void_p, ctypes.c_int
    library.whisper_init_from_file.restype = pointer
    library.whisper_init_from_file.argtypes = [ctypes.c_char_p]
    library.whisper_set_mel.argtypes = [pointer, pointer, number, number]
    library.whisper_encode.argtypes = [pointer, number, number]
    library.whisper_decode.argtypes = [pointer, pointer, number, number, number]
    library.whisper_model_n_mels.argtypes = [pointer]
    log = ctypes.CFUNCTYPE(None, number, ctypes.c_char_p, pointer)(lambda *_: None)
    library.whisper_log_set(log, None)
    context = library.whisper_init_from_file(str(options.model).encode())
    mel = noise(library.whisper_model_n_mels(context))
    library.whisper_set_mel(context, mel.ctypes.data, mel.shape[1], mel.shape[0])
    windows, steps = [], []
    for _ in range(options.repeat + 1):
        windows.append(seconds(lambda: library.whisper_encode(context, 0, options.threads)))
        prompt = numpy.array([50258, 50259, 50359, 50363], numpy.int32)
        library.whisper_decode(context, prompt.ctypes.data, 4, 0, options.threads)

        def decode():
            for step in range(STEPS):
                token = numpy.array([step % 100], numpy.int32)
                library.whisper_decode(context, token.ctypes.data, 1, 4 + step, options.threads)
        steps.append(seconds(decode) / STEPS)
    return {
        "version": f"whisper.cpp (pywhispercpp {importlib.metadata.version('pywhispercpp')})",
        "encoder_milliseconds": statistics.median(windows[1:]) * 1e3,
        "decoder_milliseconds": statistics.median(steps[1:]) * 1e3, "file_seconds": file, "tokens": tokens,
        "real_time_factor": file / (len(sound) / 16000)}


def ctranslate2(options):
    import ctranslate2 as library
    folder = options.cache / f"{options.model.name}-ctranslate2-int8"
    if not folder.exists():
        from ctranslate2.converters import TransformersConverter
        TransformersConverter(str(options.model)).convert(str(folder), quantization="int8")
    model = library.models.Whisper(str(folder), device="cpu", compute_type="int8", intra_threads=options.threads)
    mel = library.StorageView.from_array(noise(model.n_mels)[None])
    window = median(lambda: numpy.array(model.encode(mel, to_cpu=True)), options.repeat)
    return {"version": f"CTranslate2 {library.__version__}, int8", "encoder_milliseconds": window * 1e3}


SYSTEMS = {"whisper.cpp": whisper_cpp, "ctranslate2-int8": ctranslate2}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("system", choices=SYSTEMS)
    parser.add_argument("--model", type=pathlib.Path, required=True)
    parser.add_argument("--sound", type=pathlib.Path, help="a WAV file: 16 kHz, one channel, 16 bits")
    parser.add_argument("--cache", type=pathlib.Path, default=pathlib.Path("peers"))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()
    options.cache.mkdir(exist_ok=True)
    os.environ["OMP_NUM_THREADS"] = str(options.threads)
    os.environ["HF_HUB_OFFLINE"] = "1"
    print(json.dumps(SYSTEMS[options.system](options)))


if __name__ == "__main__":
    main()
