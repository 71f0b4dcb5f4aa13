"""Conversations."""

from __future__ import annotations

import ctypes
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Optional, TypedDict, Union

from . import _structs, errors
from ._library import call, read_text
from ._values import Path, choice, json_text, named, option, text as text_bytes
from .generation import Completion, Options, TextStream, complete, stream
from .model import Model, as_model
from .session import Stateful, session_options

if TYPE_CHECKING:
    from typing_extensions import Unpack

_SPEAKERS = {"system": 1, "user": 2, "assistant": 3, "tool": 4}
_ROLES = {number: role for role, number in _SPEAKERS.items()}
_OVERFLOWS = {"error": 1, "shift": 2}


class _Role(TypedDict):
    role: str


class Message(_Role, total=False):
    """A message as OpenAI's: `role` is "system", "user", "assistant" or "tool"."""

    content: Optional[str]
    #: Of an assistant: the calls that it made, JSON or what becomes JSON.
    tool_calls: Any
    #: Of a tool.
    name: Optional[str]
    tool_call_id: Optional[str]


Messages = Sequence[Mapping[str, Any]]


class Chat(Stateful):
    """A conversation with a decoder that has a chat template. One thread at a time.

    `respond` may be given all messages each time: what they and those before begin with in common is not computed
    again. `tools` are a JSON array as the template wants it.
    """

    _kind = "chat"

    def __init__(
        self, model: Union[Model, Path], *, system: Optional[str] = None, tools: Any = None,
        thinking: Optional[bool] = None, template: Optional[str] = None, template_name: Optional[str] = None,
        overflow: Optional[str] = None, threads: Optional[int] = None, context_length: Optional[int] = None,
        cache_type: Optional[str] = None, step_tokens: Optional[int] = None, instruction_set: Optional[str] = None,
    ) -> None:
        self.model = as_model(model)
        session = session_options(threads, context_length, cache_type, step_tokens, instruction_set)
        given = _structs.ChatOptions(
            overflow=named(overflow, _OVERFLOWS, "overflow"), session=ctypes.pointer(session),
            chat_template=option(template, "template"), tools=json_text(tools, "tools"), thinking=choice(thinking),
            template_name=option(template_name, "template_name"))
        self._open(self.model._handle, given)
        if system is not None:
            self.add("system", system)

    def add(
        self, role: str, content: Optional[str] = "", *, tool_calls: Any = None, name: Optional[str] = None,
        tool_call_id: Optional[str] = None,
    ) -> None:
        """Adds a message to the end. Nothing in it becomes a control token of the model."""
        if role not in _SPEAKERS:
            raise errors.ArgumentError(f"role is {role!r}: use one of {', '.join(_SPEAKERS)}", "role")
        data = text_bytes(content or "", "content")
        call("chat_add", self._handle, _structs.Message(
            speaker=_SPEAKERS[role], text=data, size=len(data), tool_calls=json_text(tool_calls, "tool_calls"),
            name=option(name, "name"), tool_call_id=option(tool_call_id, "tool_call_id")))

    def set_messages(self, messages: Messages) -> None:
        """Makes these the conversation."""
        self.truncate(0)
        for message in messages:
            self.add(
                message["role"], message.get("content"), tool_calls=message.get("tool_calls") or None,
                name=message.get("name"), tool_call_id=message.get("tool_call_id"))

    def respond(
        self, message: Union[str, Messages, None] = None, **options: Unpack[Options]
    ) -> Completion:
        """The model's answer to a message of the user, to a whole conversation, or (None) to what is there. It is added
        to the conversation."""
        data = self._prepare(message)
        return complete(options, lambda *rest: self._respond(data, *rest))

    def stream(self, message: Union[str, Messages, None] = None, **options: Unpack[Options]) -> TextStream:
        """`respond`, piece by piece. The chat is in use until the stream ends or is closed; the part of an answer that
        was given until then is added to the conversation."""
        data = self._prepare(message)
        return stream(options, lambda *rest: self._respond(data, *rest))

    def _prepare(self, message: Union[str, Messages, None]) -> Optional[bytes]:
        if message is None or isinstance(message, str):
            return None if message is None else text_bytes(message, "message")
        self.set_messages(message)
        return None

    def _respond(self, data: Optional[bytes], *rest: Any) -> None:
        call("chat_respond", self._handle, data, len(data or b""), *rest)

    def __len__(self) -> int:
        """How many messages there are."""
        found = ctypes.c_uint64()
        call("chat_count", self._handle, ctypes.byref(found))
        return found.value

    @property
    def messages(self) -> list[Message]:
        """The messages: who speaks, and the text."""
        found: list[Message] = []
        for index in range(len(self)):
            speaker = ctypes.c_uint32()
            content = read_text("chat_message", self._handle, index, ctypes.byref(speaker))
            found.append({"role": _ROLES.get(speaker.value, "other"), "content": content})
        return found

    def truncate(self, count: int) -> None:
        """Forgets all messages but the first `count`."""
        call("chat_truncate", self._handle, count)
