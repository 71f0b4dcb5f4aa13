"""How text is generated, and what comes of it."""

from __future__ import annotations

import ctypes
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Callable, Optional, TypedDict, Union

import numpy as np

from . import _functions, _structs, errors
from ._calls import Stream, run
from ._library import take_buffer
from ._texts import _of_strings
from ._values import choice, count, json_text, option

_ENDS = {1: "model", 2: "stop", 3: "length", 4: "stopped", 5: "context", 6: "grammar"}


class Sampling(TypedDict, total=False):
    """How tokens are chosen. What is not given is the library's default."""

    #: 0 always takes the most probable token.
    temperature: Optional[float]
    #: 0: all tokens.
    top_k: Optional[int]
    top_p: Optional[float]
    #: 0: all tokens.
    min_p: Optional[float]
    typical_p: Optional[float]
    repetition_penalty: Optional[float]
    frequency_penalty: Optional[float]
    presence_penalty: Optional[float]
    #: Tokens that penalties look at; 0: all.
    penalty_window: Optional[int]
    #: The same gives the same text.
    seed: Optional[int]
    #: Whether the model file's recommendations are the defaults.
    recommended: Optional[bool]
    #: Added to the logits of tokens.
    logit_bias: Optional[Mapping[int, float]]


class Options(Sampling, total=False):
    """How a text is generated."""

    #: None: until the text ends or the context is full.
    max_tokens: Optional[int]
    min_tokens: Optional[int]
    #: Strings that end the text and are not part of it.
    stop: Optional[Union[str, Sequence[str]]]
    #: GBNF that the text keeps to.
    grammar: Optional[str]
    #: A JSON schema that the text keeps to: a dict, a str, or a pydantic model.
    json_schema: Any
    #: Whether JSON may have any white space between its tokens.
    any_whitespace: Optional[bool]
    ignore_end: Optional[bool]
    #: Guesses tokens ahead; it changes the time alone.
    drafting: Optional[bool]
    #: Keeps the space that a completion may begin with.
    continues_prompt: Optional[bool]


@dataclass(frozen=True)
class Completion:
    """A generated text."""

    text: str
    #: Why it ended: "model", "stop", "length", "stopped", "context" or "grammar".
    end: str
    prompt_tokens: int
    #: Of the prompt; the others were there from before.
    computed_tokens: int
    generated_tokens: int
    prompt_seconds: float
    generation_seconds: float
    #: Whether the text is whole by its grammar or schema; None without one.
    is_complete: Optional[bool]


class Request:
    """The options as C has them, with what they point at."""

    def __init__(self, options: Options) -> None:
        unknown = set(options) - set(Options.__annotations__) - set(Sampling.__annotations__)
        if unknown:
            raise TypeError(f"unknown option {sorted(unknown)[0]!r}")
        self.sampling = SamplingRequest(options)
        stop = options.get("stop")
        stops = [stop] if isinstance(stop, str) else list(stop or [])
        self.stop = _of_strings(stops, "stop", 0)
        self.struct = _structs.GenerationOptions(
            ignore_end=choice(options.get("ignore_end")), max_tokens=count(options.get("max_tokens"), "max_tokens"),
            min_tokens=options.get("min_tokens") or 0, sampling=ctypes.pointer(self.sampling.struct),
            stop=ctypes.pointer(self.stop.struct) if stops else None,
            grammar=option(options.get("grammar"), "grammar"),
            json_schema=json_text(options.get("json_schema"), "json_schema"),
            drafting=choice(options.get("drafting")), continues_prompt=choice(options.get("continues_prompt")),
            json_whitespace=1 if options.get("any_whitespace") else 0)


class SamplingRequest:
    def __init__(self, options: Mapping[str, Any]) -> None:
        def number(name: str, zero: float) -> float:
            """0 is C's default: what 0 means to people is another number there."""
            value = options.get(name)
            return 0 if value is None else value or zero

        temperature = options.get("temperature")
        bias: Mapping[int, float] = options.get("logit_bias") or {}
        self.tokens = np.fromiter(bias.keys(), np.int32, len(bias))
        self.values = np.fromiter(bias.values(), np.float32, len(bias))
        top_p = options.get("top_p")
        if top_p is not None and not 0 < top_p <= 1:
            raise errors.ArgumentError(f"top_p is {top_p}: use more than 0, up to 1", "top_p")
        self.struct = _structs.SamplingOptions(
            greedy=1 if temperature == 0 else 0, temperature=temperature or 0, top_k=int(number("top_k", -1)),
            top_p=top_p or 0, min_p=number("min_p", -1), typical_p=number("typical_p", 1),
            repetition_penalty=number("repetition_penalty", 1), frequency_penalty=number("frequency_penalty", 0),
            presence_penalty=number("presence_penalty", 0), penalty_window=int(number("penalty_window", -1)),
            recommended=choice(options.get("recommended")), seed=options.get("seed") or 0,
            bias_tokens=self.tokens.ctypes.data if bias else None,
            bias_values=self.values.ctypes.data if bias else None, bias_count=len(bias))


Give = Callable[[str], bool]
#: Calls the C function: (options, on_text, NULL, result, text).
Generate = Callable[..., Any]


class TextStream(Stream[str, Completion]):
    """The pieces of a text as they are generated. `result` is the whole Completion."""


def stream(options: Options, generate: Generate) -> TextStream:
    """Starts generating on another thread."""
    request = Request(options)

    def body(cancellation: ctypes.c_void_p, give: Give) -> Completion:
        def on_text(_user: Any, text: Optional[int], size: int, _token: int) -> int:
            piece = ctypes.string_at(text, size).decode() if text and size else ""
            return 0 if not piece or give(piece) else 1

        return _generate(request, cancellation, _functions.OnText(on_text), generate)

    return TextStream(body)


def _generate(
    request: Request, cancellation: ctypes.c_void_p, on_text: Any, generate: Generate
) -> Completion:
    return Completion(**generated(request, cancellation, on_text, generate))


def generated(
    request: Request, cancellation: ctypes.c_void_p, on_piece: Any, generate: Generate
) -> dict[str, Any]:
    """Generates, and returns the fields of a Completion."""
    request.struct.cancellation = cancellation
    result, buffer = _structs.Generation(), ctypes.c_void_p()
    try:
        generate(request.struct, on_piece, None, result, ctypes.byref(buffer))
    finally:
        text = take_buffer(buffer).decode()
    return dict(
        text=text, end=_ENDS.get(result.end, "none"), prompt_tokens=result.prompt_tokens,
        computed_tokens=result.computed_tokens, generated_tokens=result.generated_tokens,
        prompt_seconds=result.prompt_seconds, generation_seconds=result.generation_seconds,
        is_complete={1: True, 2: False}.get(result.grammar))


def complete(options: Options, generate: Generate) -> Completion:
    """Generates, and waits for the end; Ctrl-C cancels."""
    request = Request(options)
    return run(lambda cancellation: _generate(request, cancellation, _functions.OnText(), generate))


__all__ = ["Completion", "Options", "Sampling", "TextStream"]
