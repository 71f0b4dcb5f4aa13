"""What a model computes on the way to its result."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Optional, Union

import numpy as np

from . import _structs, errors
from ._calls import run
from ._handles import Closable
from ._library import call
from ._values import Path, choice, count, option, text as text_bytes
from .model import Model, as_model, token_array

Floats = np.ndarray[Any, np.dtype[np.float32]]
Integers = np.ndarray[Any, np.dtype[np.int32]]

_ATTENTION, _HIDDEN_STATES, _LOGITS, _MEASURES, _ROLLOUT, _FLOW, _LOG_PROBABILITIES = range(1, 8)


@dataclass(frozen=True)
class Attention:
    """The weights of one attention, [heads, rows, columns]; rows sum to 1, to less where a model has sinks."""

    #: "self" or "cross", which attends to the encoder's positions.
    kind: str
    layer: int
    #: Numbers of the heads that were kept.
    heads: list[int]
    #: Heads of the layer, and those of its keys and values.
    head_count: int
    key_value_head_count: int
    #: Whether no position attends to those behind it.
    is_causal: bool
    has_sinks: bool
    weights: Floats


@dataclass(frozen=True)
class HeadMeasures:
    """What the weights of a head show of its job: the mean entropy of a row in nats, the mean distance in positions, the
    mean weight on the first position (a sink), on the one before, on earlier ones with the same token, and on those
    behind them (induction); the last two are None where no token is there twice."""

    layer: int
    head: int
    entropy: float
    distance: float
    first: float
    previous: float
    duplicate: Optional[float]
    induction: Optional[float]


@dataclass(frozen=True)
class Lens:
    """What a model would predict if a layer were its last."""

    #: Layers that the stream went through, of each row.
    layers: list[int]
    #: The most probable tokens, and the logarithms of their probabilities, [layers, positions, top].
    tokens: Integers
    log_probabilities: Floats
    #: Of all probabilities, in nats, and their divergence from the model's own, [layers, positions].
    entropy: Floats
    divergence: Floats


class Trace(Closable):
    """A run of a decoder, an encoder or an encoder-decoder on a text whose values were kept. Arrays are NumPy's, copied
    when they are asked for; those of an encoder-decoder are its decoder's, unless they are called the encoder's.

    `text`: a text, or tokens. `layers`, `heads`: those whose attention weights are kept; None: all. `ablate`: heads and
    layers that the model goes without, such as "L3H5,L4". `attention`: whether weights are kept. `target`: what the
    decoder of an encoder-decoder reads, a text, or tokens from its start token on; None: what it writes. `source_language`,
    `target_language`: as a Translator's."""

    _kind = "trace"

    def __init__(
        self, model: Union[Model, Path], text: Union[str, Sequence[int], np.ndarray[Any, Any]], *,
        layers: Optional[Sequence[int]] = None, heads: Optional[Sequence[int]] = None, ablate: Optional[str] = None,
        attention: Optional[bool] = None, target: Optional[Union[str, Sequence[int]]] = None,
        source_language: Optional[str] = None, target_language: Optional[str] = None, threads: Optional[int] = None,
        max_attention_bytes: Optional[int] = None, instruction_set: Optional[str] = None,
    ) -> None:
        self.model = as_model(model)
        self._heads = None if heads is None else sorted(set(heads))
        chosen = [_numbers(layers, "layers"), _numbers(heads, "heads")]
        spelled = target if isinstance(target, str) else None
        ids = token_array(target) if target is not None and not isinstance(target, str) else None
        given = _structs.TraceOptions(
            threads=count(threads, "threads", 2**31), attention=choice(attention),
            layers=_start(chosen[0]), layer_count=_size(chosen[0]), heads=_start(chosen[1]), head_count=_size(chosen[1]),
            max_attention_bytes=count(max_attention_bytes, "max_attention_bytes"), ablate=option(ablate, "ablate"),
            target=option(spelled, "target"), target_tokens=_start(ids), target_token_count=_size(ids),
            to=option(target_language, "target_language"), instruction_set=option(instruction_set, "instruction_set"))
        setattr(given, "from", option(source_language, "source_language"))
        if isinstance(text, str):
            data = text_bytes(text, "text")
            self._run("trace_open", data, len(data), given)
        else:
            tokens = token_array(text)
            self._run("trace_open_tokens", tokens.ctypes.data, len(tokens), given)
        self._stages = [self._stage(0)]
        self._stages += [self._stage(number) for number in range(1, self._stages[0].stage_count)]
        self._main = len(self._stages) - 1

    # Shapes

    @property
    def tokens(self) -> Integers:
        """The tokens, of an encoder-decoder those that the decoder read, [positions]."""
        return self._tokens(self._main)

    @property
    def encoder_tokens(self) -> Integers:
        """The tokens that the encoder of an encoder-decoder read."""
        return self._tokens(self._encoder)

    @property
    def layer_count(self) -> int:
        return int(self._stages[self._main].layer_count)

    # Attention

    @property
    def attention(self) -> Floats:
        """Weights of the self-attentions, [layers, heads, rows, columns]. ModelError where layers have different numbers
        of heads: `attentions` has those."""
        return self._stacked(self._main, False)

    @property
    def cross_attention(self) -> Floats:
        """Weights of a decoder's attentions to the encoder, [layers, heads, rows, columns]."""
        return self._stacked(self._main, True)

    @property
    def encoder_attention(self) -> Floats:
        """Weights of an encoder-decoder's encoder, [layers, heads, rows, columns]."""
        return self._stacked(self._encoder, False)

    def attentions(self, *, encoder: bool = False) -> list[Attention]:
        """All attentions whose weights were kept, by layer, self-attention first."""
        stage = self._encoder if encoder else self._main
        return [self._attention(stage, index, info) for index, info in enumerate(self._infos(stage))]

    @property
    def head_measures(self) -> list[HeadMeasures]:
        """Measures of each head of the self-attentions."""
        heads = sum(info.head_count for info in self._infos(self._main) if not info.is_cross)
        rows = self._read(_MEASURES, self._main, (heads, 8)).tolist()
        return [
            HeadMeasures(int(row[0]), int(row[1]), *row[2:6], *(None if v != v else v for v in row[6:8]))
            for row in rows]

    @property
    def rollout(self) -> Floats:
        """Attention rollout (arXiv:2005.00928), [positions, positions]; rows sum to 1."""
        return self._computed(_ROLLOUT, self._positions, self._positions)

    @property
    def flow(self) -> Floats:
        """Attention flow (arXiv:2005.00928): the maximum flow from each position behind the last layer to each input,
        [positions, positions]. ArgumentError for a text that is too long for it."""
        return self._computed(_FLOW, self._positions, self._positions)

    # States and predictions

    @property
    def hidden_states(self) -> Floats:
        """The residual stream in front of the first layer and behind each, before the last norm,
        [layers + 1, positions, hidden]."""
        return self._states(self._main)

    @property
    def encoder_hidden_states(self) -> Floats:
        """The same of an encoder-decoder's encoder."""
        return self._states(self._encoder)

    @property
    def logits(self) -> Floats:
        """Logits behind the last token of a decoder, [vocabulary]."""
        return self._read(_LOGITS, self._main, (self.model.vocabulary_size,))

    @property
    def log_probabilities(self) -> Floats:
        """The logarithm of each token's probability, [positions]: NaN for the first one of a decoder."""
        return self._computed(_LOG_PROBABILITIES, self._positions)

    @property
    def surprisal(self) -> Floats:
        """How unexpected each token was in nats, [positions]: `-log_probabilities`."""
        return -self.log_probabilities

    def lens(self, top: int = 5, layers: Optional[Sequence[int]] = None) -> Lens:
        """What each layer would predict behind each position (logit lens). `layers`: layers that the stream went
        through, from 0 to `layer_count`; None: all."""
        if not 1 <= top <= self.model.vocabulary_size:
            raise errors.ArgumentError(f"top is {top}: use 1 to {self.model.vocabulary_size}", "top")
        numbers = list(range(self.layer_count + 1)) if layers is None else list(layers)
        chosen = _numbers(numbers, "layers")
        shape = len(numbers), self._positions
        tokens = np.empty((*shape, top), np.int32)
        floats = [np.empty((*shape, top), np.float32), np.empty(shape, np.float32), np.empty(shape, np.float32)]

        def body(cancellation: ctypes.c_void_p) -> None:
            call(
                "trace_lens", self._handle, _start(chosen), len(numbers), top, cancellation, tokens.ctypes.data,
                *(values.ctypes.data for values in floats), shape[0] * shape[1], None)

        if numbers:
            run(body)
        return Lens(numbers, tokens, *floats)

    # Reading

    @property
    def _positions(self) -> int:
        return int(self._stages[self._main].position_count)

    @property
    def _encoder(self) -> int:
        if self._main == 0:
            raise errors.NotFoundError("the model has one stage: it is no encoder-decoder", "stage")
        return 0

    def _run(self, name: str, start: Any, size: int, given: _structs.TraceOptions) -> None:
        def body(cancellation: ctypes.c_void_p, out: Any) -> None:
            given.cancellation = cancellation
            call(name, self.model._handle, start, size, given, out)

        self._own(body)

    def _stage(self, number: int) -> _structs.TraceStage:
        stage = _structs.TraceStage()
        call("trace_get_stage", self._handle, number, ctypes.byref(stage))
        return stage

    def _tokens(self, stage: int) -> Integers:
        found = np.empty(self._stages[stage].position_count, np.int32)
        call("trace_tokens", self._handle, stage, found.ctypes.data, len(found), None)
        return found

    def _read(self, array: int, stage: int, shape: tuple[int, ...], index: int = 0) -> Floats:
        values = np.empty(shape, np.float32)
        call("trace_read", self._handle, array, stage, index, values.ctypes.data, values.size, None, None)
        return values

    def _computed(self, array: int, *shape: int) -> Floats:
        """An array of the last stage that takes time to compute."""
        values: list[Floats] = []
        run(lambda _: values.append(self._read(array, self._main, shape)))
        return values[0]

    def _infos(self, stage: int) -> list[_structs.TraceAttention]:
        infos = [_structs.TraceAttention() for _ in range(self._stages[stage].attention_count)]
        for index, info in enumerate(infos):
            call("trace_get_attention", self._handle, stage, index, ctypes.byref(info))
        return infos

    def _weights(self, stage: int, index: int, info: _structs.TraceAttention) -> Floats:
        return self._read(_ATTENTION, stage, (info.head_count, info.row_count, info.column_count), index)

    def _attention(self, stage: int, index: int, info: _structs.TraceAttention) -> Attention:
        every = range(info.layer_head_count)
        heads = list(every) if self._heads is None else [head for head in self._heads if head in every]
        return Attention(
            "cross" if info.is_cross else "self", info.layer, heads, info.layer_head_count, info.key_value_head_count,
            bool(info.is_causal), bool(info.has_sinks), self._weights(stage, index, info))

    def _stacked(self, stage: int, is_cross: bool) -> Floats:
        chosen = [(index, info) for index, info in enumerate(self._infos(stage)) if bool(info.is_cross) == is_cross]
        if not chosen:
            raise errors.NotFoundError("no such attention was kept", "attention")
        if len({info.head_count for _, info in chosen}) > 1:
            raise errors.ModelError("the layers have different numbers of heads: use attentions()", "attention")
        return np.stack([self._weights(stage, index, info) for index, info in chosen])

    def _states(self, stage: int) -> Floats:
        info = self._stages[stage]
        shape = info.position_count, info.hidden_size
        return np.stack([self._read(_HIDDEN_STATES, stage, shape, layer) for layer in range(info.layer_count + 1)])


def _numbers(values: Optional[Sequence[int]], place: str) -> Optional[np.ndarray[Any, np.dtype[np.uint32]]]:
    """Numbers of layers or heads."""
    if values is None:
        return None
    given = np.asarray(list(values), np.int64)
    if given.size and not 0 <= int(given.min()) <= int(given.max()) < 2**31:
        raise errors.ArgumentError(f"{place} are {list(values)}: use numbers from 0 on", place)
    return given.astype(np.uint32) if given.size else np.empty(1, np.uint32)[:0]


def _start(values: Optional[np.ndarray[Any, Any]]) -> Optional[int]:
    return None if values is None else int(values.ctypes.data)


def _size(values: Optional[np.ndarray[Any, Any]]) -> int:
    return 0 if values is None else len(values)
