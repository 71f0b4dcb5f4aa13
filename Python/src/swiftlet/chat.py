"""Conversations."""

from __future__ import annotations

import ctypes
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Callable, Optional, TypedDict, Union

from . import _functions, _structs, errors
from ._calls import Stream, run
from ._library import call, read_text
from ._values import Path, choice, json_text, named, option, text as text_bytes
from .generation import Completion, Options, Request, generated
from .adapter import AdapterList, Adapters
from .model import Model, as_model
from .session import Stateful, session_options
from .tools import ChatEvent, ToolCall, parse_event

if TYPE_CHECKING:
    from typing_extensions import Unpack

_SPEAKERS = {"system": 1, "user": 2, "assistant": 3, "tool": 4}
_OVERFLOWS = {"error": 1, "shift": 2}


class _Role(TypedDict):
    role: str


class Message(_Role, total=False):
    """A message as OpenAI's: `role` is "system", "user", "assistant" or "tool"."""

    content: Optional[str]
    #: Of an assistant: the calls that it made, JSON or what becomes JSON.
    tool_calls: Any
    #: Of an assistant: what it reasoned before.
    reasoning: Optional[str]
    #: Of a tool.
    name: Optional[str]
    tool_call_id: Optional[str]


Messages = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Answer(Completion):
    """An answer of a chat. `text` is all that the model wrote, with the marks of reasoning and calls."""

    #: What is meant for the reader.
    content: str
    #: The model's reasoning; empty for none.
    reasoning: str
    #: The calls of tools that the model asks for; none unless the chat has tools.
    tool_calls: list[ToolCall]


class AnswerStream(Stream[str, Answer]):
    """The pieces of an answer's content as they are generated. `result` is the whole Answer."""


class EventStream(Stream[ChatEvent, Answer]):
    """The parts of an answer as they are generated: content, reasoning, calls. `result` is the whole Answer."""


class Chat(Stateful):
    """A conversation with a decoder that has a chat template. One thread at a time.

    `respond` may be given all messages each time: what they and those before begin with in common is not computed
    again. `tools` are a JSON array as the template wants it; `tool_choice` is "auto", "none", "required" or the name
    of a tool.
    """

    _kind = "chat"

    def __init__(
        self, model: Union[Model, Path], *, system: Optional[str] = None, tools: Any = None,
        tool_choice: Optional[str] = None, thinking: Optional[bool] = None,
        template: Optional[str] = None, template_name: Optional[str] = None,
        overflow: Optional[str] = None, threads: Optional[int] = None, context_length: Optional[int] = None,
        cache_type: Optional[str] = None, step_tokens: Optional[int] = None, instruction_set: Optional[str] = None,
        adapters: Optional[Adapters] = None,
    ) -> None:
        self.model = as_model(model)
        loaded = AdapterList(adapters)
        session = session_options(
            threads, context_length, cache_type, step_tokens, instruction_set, loaded)
        given = _structs.ChatOptions(
            overflow=named(overflow, _OVERFLOWS, "overflow"), session=ctypes.pointer(session),
            chat_template=option(template, "template"), tools=json_text(tools, "tools"), thinking=choice(thinking),
            template_name=option(template_name, "template_name"), tool_choice=option(tool_choice, "tool_choice"))
        self._open(self.model._handle, given)
        if system is not None:
            self.add("system", system)

    def add(
        self, role: str, content: Optional[str] = "", *, tool_calls: Any = None, name: Optional[str] = None,
        tool_call_id: Optional[str] = None, reasoning: Optional[str] = None,
    ) -> None:
        """Adds a message to the end. Nothing in it becomes a control token of the model."""
        if role not in _SPEAKERS:
            raise errors.ArgumentError(f"role is {role!r}: use one of {', '.join(_SPEAKERS)}", "role")
        data = text_bytes(content or "", "content")
        call("chat_add", self._handle, _structs.Message(
            speaker=_SPEAKERS[role], text=data, size=len(data), tool_calls=json_text(tool_calls, "tool_calls"),
            name=option(name, "name"), tool_call_id=option(tool_call_id, "tool_call_id"),
            reasoning=option(reasoning, "reasoning")))

    def set_messages(self, messages: Messages) -> None:
        """Makes these the conversation."""
        self.truncate(0)
        for message in messages:
            self.add(
                message["role"], message.get("content"), tool_calls=message.get("tool_calls") or None,
                name=message.get("name"), tool_call_id=message.get("tool_call_id"),
                reasoning=message.get("reasoning"))

    def respond(
        self, message: Union[str, Messages, None] = None, **options: Unpack[Options]
    ) -> Answer:
        """The model's answer to a message of the user, to a whole conversation, or (None) to what is there. It is added
        to the conversation."""
        data = self._prepare(message)
        request = Request(options)
        return run(lambda cancellation: self._answer(request, data, cancellation, lambda _: True))

    def stream(self, message: Union[str, Messages, None] = None, **options: Unpack[Options]) -> AnswerStream:
        """`respond`, its content piece by piece. The chat is in use until the stream ends or is closed; the part of an
        answer that was given until then is added to the conversation."""
        data = self._prepare(message)
        request = Request(options)

        def body(cancellation: ctypes.c_void_p, give: Callable[[str], bool]) -> Answer:
            return self._answer(
                request, data, cancellation, lambda event: event.kind != "content" or give(event.text))

        return AnswerStream(body)

    def events(self, message: Union[str, Messages, None] = None, **options: Unpack[Options]) -> EventStream:
        """As `stream`, with the reasoning and whole calls of tools beside the content."""
        data = self._prepare(message)
        request = Request(options)
        return EventStream(lambda cancellation, give: self._answer(request, data, cancellation, give))

    def _prepare(self, message: Union[str, Messages, None]) -> Optional[bytes]:
        if message is None or isinstance(message, str):
            return None if message is None else text_bytes(message, "message")
        self.set_messages(message)
        return None

    def _answer(
        self, request: Request, data: Optional[bytes], cancellation: ctypes.c_void_p,
        give: Callable[[ChatEvent], bool],
    ) -> Answer:
        events: list[ChatEvent] = []

        def on_event(_user: Any, event: Any) -> int:
            found = event.contents
            text = ctypes.string_at(found.text, found.size).decode() if found.size else ""
            name = None if found.name is None else found.name.decode()
            events.append(parse_event(found.kind, text, name, (found.id or b"").decode()))
            return 0 if give(events[-1]) else 1

        def generate(*rest: Any) -> None:
            call("chat_answer", self._handle, data, len(data or b""), *rest)

        fields = generated(request, cancellation, _functions.OnEvent(on_event), generate)
        return Answer(
            **fields, content="".join(event.text for event in events if event.kind == "content"),
            reasoning="".join(event.text for event in events if event.kind == "reasoning"),
            tool_calls=[event.tool_call for event in events if event.tool_call is not None])

    def __len__(self) -> int:
        """How many messages there are."""
        found = ctypes.c_uint64()
        call("chat_count", self._handle, ctypes.byref(found))
        return found.value

    @property
    def messages(self) -> list[Message]:
        """The messages, with what they have of reasoning and calls of tools."""
        return [json.loads(read_text("chat_message_json", self._handle, index)) for index in range(len(self))]

    def truncate(self, count: int) -> None:
        """Forgets all messages but the first `count`."""
        call("chat_truncate", self._handle, count)
