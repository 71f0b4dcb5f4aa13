"""The functions of swiftlet.h: what they take and give. Handles are pointers that are never followed."""

from __future__ import annotations

from ctypes import (
    CFUNCTYPE, POINTER, c_bool, c_char_p, c_int32, c_int64, c_size_t, c_uint32, c_uint64, c_void_p,
)
from typing import Any

from . import _structs as s

OnLog = CFUNCTYPE(None, c_void_p, c_int32, c_char_p, c_char_p)
OnText = CFUNCTYPE(c_int32, c_void_p, c_void_p, c_size_t, c_int32)
OnEvent = CFUNCTYPE(c_int32, c_void_p, POINTER(s.ChatEvent))
OnSegment = CFUNCTYPE(c_int32, c_void_p, POINTER(s.Segment))
OnSpan = CFUNCTYPE(c_int32, c_void_p, POINTER(s.Span))
OnTranslation = CFUNCTYPE(c_int32, c_void_p, POINTER(s.Translation))

_handle, _error, _out = c_void_p, POINTER(c_void_p), POINTER(c_void_p)
_size, _needed = c_size_t, POINTER(c_size_t)
_generate = [POINTER(s.GenerationOptions), OnText, c_void_p, POINTER(s.Generation), _out]

# Name: the result, and the arguments before `swiftlet_error **`.
FAILING: dict[str, list[Any]] = {
    "cancellation_create": [_out],
    "model_open": [c_char_p, POINTER(s.ModelOptions), _out],
    "model_open_memory": [c_void_p, _size, POINTER(s.ModelOptions), _out],
    "model_retain": [_handle],
    "model_get_info": [_handle, POINTER(s.ModelInfo)],
    "model_metadata": [_handle, c_char_p, c_void_p, _size, _needed],
    "model_metadata_key": [_handle, c_uint64, c_void_p, _size, _needed],
    "adapter_open": [_handle, c_char_p, _out],
    "embedder_open": [_handle, POINTER(s.EmbedderOptions), _out],
    "embedder_get_info": [_handle, POINTER(s.EmbedderInfo)],
    "embed": [_handle, POINTER(s.Texts), POINTER(s.EmbedOptions), c_void_p, _size, _needed],
    "similarity": [
        _handle, c_char_p, _size, POINTER(s.Texts), POINTER(s.EmbedOptions), c_void_p, _size, _needed],
    "reranker_open": [_handle, POINTER(s.RerankerOptions), _out],
    "rerank": [_handle, c_char_p, _size, POINTER(s.Texts), _handle, c_void_p, _size, _needed],
    "classifier_open": [_handle, POINTER(s.ClassifierOptions), _out],
    "classifier_count": [_handle, POINTER(c_uint64)],
    "classifier_label": [_handle, c_uint64, c_void_p, _size, _needed],
    "classify": [
        _handle, POINTER(s.Texts), POINTER(s.Texts), _handle, c_void_p, c_void_p, _size, _needed],
    "classify_tokens": [
        _handle, c_char_p, _size, _handle, c_void_p, c_void_p, c_void_p, _size, _needed],
    "zero_shot_open": [_handle, POINTER(s.ClassifierOptions), _out],
    "zero_shot_classify": [
        _handle, POINTER(s.Texts), POINTER(s.Texts), POINTER(s.ZeroShotOptions), c_void_p, _size, _needed],
    "tagger_open": [_handle, POINTER(s.TaggerOptions), _out],
    "tag": [_handle, POINTER(s.Texts), _handle, OnSpan, c_void_p],
    "session_open": [_handle, POINTER(s.SessionOptions), _out],
    "complete": [_handle, c_char_p, _size, *_generate],
    "chat_open": [_handle, POINTER(s.ChatOptions), _out],
    "chat_add": [_handle, POINTER(s.Message)],
    "chat_respond": [_handle, c_char_p, _size, *_generate],
    "chat_answer": [
        _handle, c_char_p, _size, POINTER(s.GenerationOptions), OnEvent, c_void_p, POINTER(s.Generation), _out],
    "chat_count": [_handle, POINTER(c_uint64)],
    "chat_message": [_handle, c_uint64, POINTER(c_uint32), c_void_p, _size, _needed],
    "chat_message_json": [_handle, c_uint64, c_void_p, _size, _needed],
    "chat_truncate": [_handle, c_uint64],
    "chat_save": [_handle, _out],
    "chat_save_file": [_handle, c_char_p],
    "chat_restore": [_handle, c_char_p, _size],
    "chat_restore_file": [_handle, c_char_p],
    "translator_open": [_handle, POINTER(s.TranslatorOptions), _out],
    "translate": [_handle, POINTER(s.Texts), POINTER(s.TranslateOptions), OnTranslation, c_void_p],
    "transcriber_open": [_handle, POINTER(s.TranscriberOptions), _out],
    "transcribe": [
        _handle, c_void_p, _size, c_uint32, _handle, OnSegment, c_void_p, POINTER(s.Transcription), _out],
    "transcribe_file": [_handle, c_char_p, _handle, OnSegment, c_void_p, POINTER(s.Transcription), _out],
    "tokenize": [_handle, c_char_p, _size, c_uint32, c_void_p, _size, _needed],
    "detokenize": [_handle, c_void_p, _size, c_uint32, c_void_p, _size, _needed],
    "session_get_info": [_handle, POINTER(s.SessionInfo)],
    "session_tokens": [_handle, c_void_p, _size, _needed],
    "session_prefill": [_handle, c_void_p, _size, _handle],
    "session_step": [_handle, c_int32],
    "session_logits": [_handle, c_void_p, _size, _needed],
    "session_set_sampling": [_handle, POINTER(s.SamplingOptions)],
    "session_sample": [_handle, POINTER(c_int32)],
    "session_generate": [_handle, c_void_p, _size, *_generate],
    "session_set_adapters": [_handle, c_void_p, c_void_p, _size],
    "session_rewind": [_handle, c_uint64],
    "session_save": [_handle, _out],
    "session_save_file": [_handle, c_char_p],
    "session_restore": [_handle, c_char_p, _size],
    "session_restore_file": [_handle, c_char_p],
    "trace_open": [_handle, c_char_p, _size, POINTER(s.TraceOptions), _out],
    "trace_open_tokens": [_handle, c_void_p, _size, POINTER(s.TraceOptions), _out],
    "trace_get_stage": [_handle, c_uint32, POINTER(s.TraceStage)],
    "trace_get_attention": [_handle, c_uint32, c_uint64, POINTER(s.TraceAttention)],
    "trace_tokens": [_handle, c_uint32, c_void_p, _size, _needed],
    "trace_read": [_handle, c_uint32, c_uint32, c_uint64, c_void_p, _size, _needed, POINTER(c_uint64)],
    "trace_lens": [
        _handle, c_void_p, _size, _size, _handle, c_void_p, c_void_p, c_void_p, c_void_p, _size, _needed],
}

# Name: the result and all arguments.
OTHERS: dict[str, tuple[Any, list[Any]]] = {
    "abi_version": (c_uint32, []),
    "version": (c_char_p, []),
    "has": (c_bool, [c_char_p]),
    "status_name": (c_char_p, [c_int32]),
    "error_status": (c_int32, [_handle]),
    "error_message": (c_char_p, [_handle]),
    "error_place": (c_char_p, [_handle]),
    "error_index": (c_int64, [_handle]),
    "set_log": (None, [OnLog, c_void_p]),
    "buffer_data": (c_void_p, [_handle]),
    "buffer_size": (c_size_t, [_handle]),
    "cancellation_cancel": (None, [_handle]),
    "cancellation_reset": (None, [_handle]),
    "token_is_end": (c_bool, [_handle, c_int32]),
    **{
        f"{kind}_release": (None, [_handle])
        for kind in (
            "error", "buffer", "cancellation", "model", "embedder", "reranker", "classifier", "session", "chat",
            "translator", "transcriber", "trace", "adapter", "zero_shot", "tagger")
    },
}


def declare(library: Any) -> None:
    """Tells ctypes what the functions of the loaded library take and give."""
    for name, arguments in FAILING.items():
        function = getattr(library, "swiftlet_" + name)
        function.argtypes, function.restype = [*arguments, _error], c_int32
    for name, (result, arguments) in OTHERS.items():
        function = getattr(library, "swiftlet_" + name)
        function.argtypes, function.restype = arguments, result
