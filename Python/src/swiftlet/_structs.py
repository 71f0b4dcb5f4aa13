"""The structs of swiftlet.h, field by field in the header's order."""

from __future__ import annotations

import ctypes
from ctypes import (
    POINTER, Structure, c_char, c_char_p, c_double, c_float, c_int32, c_int64, c_uint32, c_uint64, c_void_p,
)
from typing import Any


class Sized(Structure):
    """A struct that begins with its own size."""

    def __init__(self, **fields: Any) -> None:
        super().__init__(struct_size=ctypes.sizeof(type(self)), **fields)


class Texts(Sized):
    _fields_ = [
        ("struct_size", c_uint32), ("reserved", c_uint32), ("count", c_uint64), ("strings", c_void_p),
        ("data", c_void_p), ("data_size", c_uint64), ("offsets32", c_void_p), ("offsets64", c_void_p),
    ]


class ModelOptions(Sized):
    _fields_ = [
        ("struct_size", c_uint32), ("reserved", c_uint32), ("name", c_char_p), ("rope_scaling", c_uint32),
        ("rope_scale", c_float), ("rope_base", c_float), ("reserved2", c_uint32), ("rope_original_length", c_uint64),
    ]


class ModelInfo(Sized):
    _fields_ = [
        ("struct_size", c_uint32), ("kind", c_uint32), ("context_length", c_uint64), ("vocabulary_size", c_uint64),
        ("hidden_size", c_uint64), ("tensor_bytes", c_uint64), ("metadata_count", c_uint64),
        ("architecture", c_char * 32),
    ]


class EmbedderOptions(Sized):
    _fields_ = [
        ("struct_size", c_uint32), ("threads", c_uint32), ("pooling", c_uint32), ("normalize", c_uint32),
        ("dimensions", c_uint64), ("max_tokens", c_uint64), ("overflow", c_uint32), ("batch_tokens", c_uint32),
        ("query_prefix", c_char_p), ("passage_prefix", c_char_p), ("sidecar", c_char_p),
        ("instruction_set", c_char_p), ("parse_special", c_uint32), ("reserved", c_uint32),
        ("adapters", c_void_p), ("adapter_scales", c_void_p), ("adapter_count", c_uint64),
    ]


class EmbedderInfo(Sized):
    _fields_ = [
        ("struct_size", c_uint32), ("threads", c_uint32), ("dimensions", c_uint64), ("max_tokens", c_uint64),
        ("instruction_set", c_char * 16),
    ]


class EmbedOptions(Sized):
    _fields_ = [
        ("struct_size", c_uint32), ("role", c_uint32), ("token_counts", c_void_p), ("statuses", c_void_p),
        ("cancellation", c_void_p),
    ]


#: What the options of classifiers, rerankers and taggers begin with.
_HEAD: list[Any] = [
    ("struct_size", c_uint32), ("threads", c_uint32), ("max_tokens", c_uint64), ("overflow", c_uint32),
    ("batch_tokens", c_uint32), ("instruction_set", c_char_p), ("parse_special", c_uint32),
]


class RerankerOptions(Sized):
    _fields_ = [
        *_HEAD, ("reserved", c_uint32),
        ("adapters", c_void_p), ("adapter_scales", c_void_p), ("adapter_count", c_uint64),
    ]


class ClassifierOptions(Sized):
    _fields_ = [
        *_HEAD, ("reserved", c_uint32),
        ("adapters", c_void_p), ("adapter_scales", c_void_p), ("adapter_count", c_uint64),
    ]


class ZeroShotOptions(Sized):
    _fields_ = [
        ("struct_size", c_uint32), ("multi_label", c_uint32), ("hypothesis_template", c_char_p),
        ("cancellation", c_void_p),
    ]


class TaggerOptions(Sized):
    _fields_ = [
        *_HEAD, ("aggregation", c_uint32),
        ("adapters", c_void_p), ("adapter_scales", c_void_p), ("adapter_count", c_uint64),
        ("ignored_labels", POINTER(Texts)),
    ]


class Span(Structure):
    _fields_ = [
        ("struct_size", c_uint32), ("score", c_float), ("index", c_uint64), ("start", c_uint64), ("end", c_uint64),
        ("start_byte", c_uint64), ("end_byte", c_uint64), ("token", c_int64), ("label", c_char_p),
    ]


class SessionOptions(Sized):
    _fields_ = [
        ("struct_size", c_uint32), ("threads", c_uint32), ("context_length", c_uint64), ("cache_type", c_uint32),
        ("step_tokens", c_uint32), ("instruction_set", c_char_p),
        ("adapters", c_void_p), ("adapter_scales", c_void_p), ("adapter_count", c_uint64),
    ]


class SamplingOptions(Sized):
    _fields_ = [
        ("struct_size", c_uint32), ("greedy", c_uint32), ("temperature", c_float), ("top_k", c_int32),
        ("top_p", c_float), ("min_p", c_float), ("typical_p", c_float), ("repetition_penalty", c_float),
        ("frequency_penalty", c_float), ("presence_penalty", c_float), ("penalty_window", c_int32),
        ("recommended", c_uint32), ("seed", c_uint64), ("bias_tokens", c_void_p), ("bias_values", c_void_p),
        ("bias_count", c_uint64),
    ]


class GenerationOptions(Sized):
    _fields_ = [
        ("struct_size", c_uint32), ("ignore_end", c_uint32), ("max_tokens", c_uint64), ("min_tokens", c_uint64),
        ("sampling", POINTER(SamplingOptions)), ("stop", POINTER(Texts)), ("grammar", c_char_p),
        ("json_schema", c_char_p), ("cancellation", c_void_p), ("drafting", c_uint32),
        ("continues_prompt", c_uint32), ("json_whitespace", c_uint32), ("reserved", c_uint32),
    ]


class Generation(Sized):
    _fields_ = [
        ("struct_size", c_uint32), ("end", c_uint32), ("prompt_tokens", c_uint64), ("computed_tokens", c_uint64),
        ("generated_tokens", c_uint64), ("prompt_seconds", c_double), ("generation_seconds", c_double),
        ("grammar", c_uint32), ("reserved", c_uint32), ("grammar_tokens", c_uint64),
    ]


class ChatOptions(Sized):
    _fields_ = [
        ("struct_size", c_uint32), ("overflow", c_uint32), ("session", POINTER(SessionOptions)),
        ("chat_template", c_char_p), ("tools", c_char_p), ("thinking", c_uint32), ("reserved", c_uint32),
        ("template_name", c_char_p), ("tool_choice", c_char_p),
    ]


class Message(Sized):
    _fields_ = [
        ("struct_size", c_uint32), ("speaker", c_uint32), ("text", c_char_p), ("size", c_uint64),
        ("tool_calls", c_char_p), ("name", c_char_p), ("tool_call_id", c_char_p), ("reasoning", c_char_p),
    ]


class ChatEvent(Structure):
    _fields_ = [
        ("struct_size", c_uint32), ("kind", c_uint32), ("text", c_void_p), ("size", c_uint64), ("name", c_char_p),
        ("id", c_char_p),
    ]


class TranslatorOptions(Sized):
    _fields_ = [
        ("struct_size", c_uint32), ("threads", c_uint32), ("from", c_char_p), ("to", c_char_p), ("task", c_uint32),
        ("beams", c_uint32), ("batch", c_uint32), ("cache_type", c_uint32), ("recommended", c_uint32),
        ("reserved", c_uint32), ("instruction_set", c_char_p),
        ("adapters", c_void_p), ("adapter_scales", c_void_p), ("adapter_count", c_uint64),
    ]


class TranslateOptions(Sized):
    _fields_ = [
        ("struct_size", c_uint32), ("n_best", c_uint32), ("max_tokens", c_uint64), ("min_tokens", c_uint64),
        ("piece_tokens", c_uint64), ("length_penalty", c_double), ("repetition_penalty", c_float),
        ("no_repeat_ngram", c_uint32), ("early_stopping", c_uint32), ("reserved", c_uint32),
        ("cancellation", c_void_p),
    ]


class Translation(Structure):
    _fields_ = [
        ("struct_size", c_uint32), ("rank", c_uint32), ("index", c_uint64), ("text", c_void_p), ("size", c_uint64),
        ("score", c_double), ("tokens", POINTER(c_int32)), ("token_count", c_uint64), ("piece_count", c_uint64),
    ]


class TranscriberOptions(Sized):
    _fields_ = [
        ("struct_size", c_uint32), ("threads", c_uint32), ("language", c_char_p), ("prompt", c_char_p),
        ("translate", c_uint32), ("times", c_uint32), ("words", c_uint32), ("beams", c_uint32),
        ("fallback", c_uint32), ("condition_on_previous", c_uint32), ("skip_silence", c_uint32),
        ("cache_type", c_uint32), ("seed", c_uint64), ("instruction_set", c_char_p),
        ("adapters", c_void_p), ("adapter_scales", c_void_p), ("adapter_count", c_uint64),
    ]


class Word(Structure):
    _fields_ = [
        ("text", c_void_p), ("size", c_uint64), ("start", c_double), ("end", c_double), ("probability", c_double),
    ]


class Segment(Structure):
    _fields_ = [
        ("struct_size", c_uint32), ("reserved", c_uint32), ("start", c_double), ("end", c_double),
        ("text", c_void_p), ("size", c_uint64), ("words", POINTER(Word)), ("word_count", c_uint64),
        ("tokens", POINTER(c_int32)), ("token_count", c_uint64), ("mean_log_probability", c_double),
        ("no_speech_probability", c_double),
    ]


class Transcription(Sized):
    _fields_ = [
        ("struct_size", c_uint32), ("is_complete", c_uint32), ("duration", c_double),
        ("language_probability", c_double), ("window_count", c_uint64), ("language", c_char * 16),
    ]


class SessionInfo(Sized):
    _fields_ = [
        ("struct_size", c_uint32), ("threads", c_uint32), ("position", c_uint64), ("context_length", c_uint64),
        ("vocabulary_size", c_uint64), ("cache_bytes", c_uint64), ("cache_type", c_uint32),
        ("has_logits", c_uint32), ("instruction_set", c_char * 16),
    ]


class TraceOptions(Sized):
    _fields_ = [
        ("struct_size", c_uint32), ("threads", c_uint32), ("attention", c_uint32), ("cache_type", c_uint32),
        ("layers", c_void_p), ("layer_count", c_uint64), ("heads", c_void_p), ("head_count", c_uint64),
        ("max_attention_bytes", c_uint64), ("ablate", c_char_p), ("target", c_char_p), ("target_tokens", c_void_p),
        ("target_token_count", c_uint64), ("from", c_char_p), ("to", c_char_p), ("instruction_set", c_char_p),
        ("cancellation", c_void_p),
    ]


class TraceStage(Sized):
    _fields_ = [
        ("struct_size", c_uint32), ("stage_count", c_uint32), ("is_decoder", c_uint32), ("reserved", c_uint32),
        ("position_count", c_uint64), ("layer_count", c_uint64), ("hidden_size", c_uint64),
        ("attention_count", c_uint64),
    ]


class TraceAttention(Sized):
    _fields_ = [
        ("struct_size", c_uint32), ("is_cross", c_uint32), ("layer", c_uint32), ("head_count", c_uint32),
        ("layer_head_count", c_uint32), ("key_value_head_count", c_uint32), ("is_causal", c_uint32),
        ("has_sinks", c_uint32), ("row_count", c_uint64), ("column_count", c_uint64),
    ]
