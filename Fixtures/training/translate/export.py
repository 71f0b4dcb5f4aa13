"""Writes the model as GGUF: python export.py checkpoint.pt CORPUS translate.gguf [--type f32]

With q8_0, the default, matrices are Q8_0, positions F16, and the rest F32.
"""
import argparse
import math
import pathlib

import gguf
import sentencepiece
import torch
from sentencepiece import sentencepiece_model_pb2 as proto

from model import END, PAD, START, Config, Transformer

KINDS = {proto.ModelProto.SentencePiece.NORMAL: gguf.TokenType.NORMAL,
         proto.ModelProto.SentencePiece.UNKNOWN: gguf.TokenType.UNKNOWN,
         proto.ModelProto.SentencePiece.CONTROL: gguf.TokenType.CONTROL,
         proto.ModelProto.SentencePiece.BYTE: gguf.TokenType.BYTE}
BEAMS = 4


def write_tokenizer(writer, path):
    model = proto.ModelProto()
    model.ParseFromString(pathlib.Path(path).read_bytes())
    writer.add_tokenizer_model("t5")
    writer.add_tokenizer_pre("default")
    writer.add_token_list([p.piece for p in model.pieces])
    writer.add_token_scores([p.score for p in model.pieces])
    writer.add_token_types([KINDS[p.type] for p in model.pieces])
    writer.add_pad_token_id(PAD)
    writer.add_eos_token_id(END)
    writer.add_unk_token_id(model.trainer_spec.unk_id)
    writer.add_add_bos_token(False)
    writer.add_add_eos_token(True)
    writer.add_add_space_prefix(model.normalizer_spec.add_dummy_prefix)
    writer.add_remove_extra_whitespaces(model.normalizer_spec.remove_extra_whitespaces)
    writer.add_precompiled_charsmap(model.normalizer_spec.precompiled_charsmap)


def write_metadata(writer, c, is_quantized):
    writer.add_type("model")
    writer.add_name("swiftlet-translate")
    writer.add_description("A very small translator, English to French, of Debian's package descriptions.")
    writer.add_license("apache-2.0")
    writer.add_languages(["en", "fr"])
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q8_0 if is_quantized else gguf.LlamaFileType.ALL_F32)
    if is_quantized:
        writer.add_quantization_version(gguf.GGML_QUANT_VERSION)
    for side, layers in (("encoder", c.encoder_layers), ("decoder", c.decoder_layers)):
        for key, value in (("context_length", c.context), ("embedding_length", c.width), ("block_count", layers),
                           ("feed_forward_length", c.feed_forward), ("attention.head_count", c.heads)):
            writer.add_uint32(f"bart.{side}.{key}", value)
    writer.add_float32("bart.attention.layer_norm_epsilon", c.norm_epsilon)
    writer.add_bool("bart.norm_before", False)
    writer.add_float32("bart.embedding_scale", math.sqrt(c.width))
    writer.add_string("bart.hidden_activation", "relu")
    writer.add_uint32("bart.decoder_start_token_id", START)
    writer.add_string("general.translation.source", "en")
    writer.add_string("general.translation.target", "fr")
    writer.add_uint32("general.generation.num_beams", BEAMS)
    writer.add_uint32("general.generation.max_new_tokens", c.context - 1)
    writer.add_string("general.generation.early_stopping", "false")


def tensors(model):
    """Name in GGUF, parameter."""
    yield "token_embd.weight", model.tokens.weight
    for side, layers in (("enc", model.encoder), ("dec", model.decoder)):
        yield f"{side}.position_embd.weight", model.positions
        for i, layer in enumerate(layers):
            parts = [("attn", layer.attention, layer.attention_norm)]
            if side == "dec":
                parts.append(("cross_attn", layer.cross, layer.cross_norm))
            named = [("ffn_norm", layer.feed_forward_norm), ("ffn_up", layer.feed_forward.up), ("ffn_down", layer.feed_forward.down)]
            for name, attention, norm in parts:
                named += [(f"{name}_norm", norm)]
                named += [(f"{name}_{part}", getattr(attention, part)) for part in ("q", "k", "v", "output")]
            for name, module in named:
                yield f"{side}.blk.{i}.{name}.weight", module.weight
                yield f"{side}.blk.{i}.{name}.bias", module.bias


def write_gguf(path, model, pieces, is_quantized=True):
    writer = gguf.GGUFWriter(str(path), "bart")
    write_metadata(writer, model.config, is_quantized)
    write_tokenizer(writer, pieces)
    kinds = gguf.GGMLQuantizationType
    for name, weights in tensors(model):
        data = weights.detach().float().contiguous().numpy()
        kind = kinds.F32
        if is_quantized and data.ndim == 2:
            kind = kinds.F16 if "position_embd" in name else kinds.Q8_0
        writer.add_tensor(name, gguf.quants.quantize(data, kind), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def read_gguf(path):
    """The model of a file, with its weights dequantized."""
    reader = gguf.GGUFReader(str(path))
    value = {name: field.contents() for name, field in reader.fields.items()}
    model = Transformer(Config(
        vocab=len(value["tokenizer.ggml.tokens"]), width=value["bart.encoder.embedding_length"],
        heads=value["bart.encoder.attention.head_count"], feed_forward=value["bart.encoder.feed_forward_length"],
        encoder_layers=value["bart.encoder.block_count"], decoder_layers=value["bart.decoder.block_count"],
        context=value["bart.encoder.context_length"])).eval()
    stored = {t.name: torch.tensor(gguf.quants.dequantize(t.data, t.tensor_type)) for t in reader.tensors}
    with torch.no_grad():
        for name, weights in tensors(model):
            weights.copy_(stored[name].reshape(weights.shape))
    return model


def pieces_of(path):
    """SentencePiece with the tokens of a file."""
    value = {name: field.contents() for name, field in gguf.GGUFReader(str(path)).fields.items()}
    kinds = {kind: number for number, kind in KINDS.items()}
    model = proto.ModelProto()
    for text, score, kind in zip(*(value[f"tokenizer.ggml.{k}"] for k in ("tokens", "scores", "token_type"))):
        model.pieces.add(piece=text, score=score, type=kinds[gguf.TokenType(kind)])
    model.trainer_spec.model_type = proto.TrainerSpec.UNIGRAM
    model.trainer_spec.byte_fallback = True
    model.trainer_spec.unk_id = value["tokenizer.ggml.unknown_token_id"]
    model.normalizer_spec.precompiled_charsmap = bytes(b & 255 for b in value["tokenizer.ggml.precompiled_charsmap"])
    return sentencepiece.SentencePieceProcessor(model_proto=model.SerializeToString())


def load(path):
    state = torch.load(path)
    model = Transformer(Config(**state["config"]))
    model.load_state_dict(state["weights"])
    return model.eval()


if __name__ == "__main__":
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("checkpoint", type=pathlib.Path)
    p.add_argument("corpus", type=pathlib.Path)
    p.add_argument("out", type=pathlib.Path)
    p.add_argument("--type", default="q8_0", choices=["q8_0", "f32"])
    a = p.parse_args()
    write_gguf(a.out, load(a.checkpoint), a.corpus / "pieces.model", a.type == "q8_0")
