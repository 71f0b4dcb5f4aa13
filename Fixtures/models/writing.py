"""What the scripts of this folder share: how a model's file is written, and their command line."""
import argparse
import contextlib
import pathlib

import gguf

F32, F16, BF16, Q4_0, Q8_0, MXFP4 = (
    gguf.GGMLQuantizationType[name] for name in ("F32", "F16", "BF16", "Q4_0", "Q8_0", "MXFP4"))
FILE_TYPES = {F32: gguf.LlamaFileType.ALL_F32, F16: gguf.LlamaFileType.MOSTLY_F16, BF16: gguf.LlamaFileType.MOSTLY_BF16,
              Q4_0: gguf.LlamaFileType.MOSTLY_Q4_0, Q8_0: gguf.LlamaFileType.MOSTLY_Q8_0,
              MXFP4: gguf.LlamaFileType.MOSTLY_MXFP4_MOE}


@contextlib.contextmanager
def model_file(path, architecture, kind=F32):
    """A GGUF writer whose file is complete behind the block."""
    out = gguf.GGUFWriter(path, architecture)
    out.add_name(path.stem)
    out.add_file_type(FILE_TYPES[kind])
    if kind not in (F32, F16, BF16):
        out.add_quantization_version(gguf.GGML_QUANT_VERSION)
    yield out
    out.write_header_to_file()
    out.write_kv_data_to_file()
    out.write_tensors_to_file()
    out.close()


def add_hyperparameters(out, architecture, values):
    """Values by their keys behind the architecture's name."""
    add = {bool: out.add_bool, int: out.add_uint32, float: out.add_float32, str: out.add_string, list: out.add_array,
           tuple: out.add_array}
    for key, value in values.items():
        add[type(value)](f"{architecture}.{key}", value)


def add_tensors(out, tensors, stored_type=lambda name, values: F32):
    """Tensors as the types that `stored_type` gives them."""
    for name, values in tensors.items():
        tensor_type = stored_type(name, values)
        out.add_tensor(name, gguf.quants.quantize(values, tensor_type), raw_dtype=tensor_type)


def arguments_of(description):
    """The command line of a script: where the files go."""
    arguments = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--out", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent)
    return arguments


def files(models):
    """Each model, tensor type and file name."""
    return [(m, kind, f"{m.name}-{kind.name.lower()}.gguf") for m in models for kind in getattr(m, "types", (F32,))]


def write_files(models, draw, write, folder):
    """Writes each model as each of its types by `write(model, type, tensors, path)`."""
    folder.mkdir(parents=True, exist_ok=True)
    for m, kind, name in files(models):
        write(m, kind, draw(m), folder / name)
        print(f"{name:32} {(folder / name).stat().st_size:8,}")
