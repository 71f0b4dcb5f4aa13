"""Calls of tools."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Literal, Optional


@dataclass(frozen=True)
class ToolCall:
    """A call that a model asks for."""

    name: str
    arguments: dict[str, Any]
    id: str

    def message(self) -> dict[str, Any]:
        """The call as `tool_calls` of a message has it."""
        return {"type": "function", "id": self.id, "function": {"name": self.name, "arguments": self.arguments}}


@dataclass(frozen=True)
class ChatEvent:
    """A part of an answer, as soon as it is certain."""

    kind: Literal["content", "reasoning", "tool_call"]
    #: The next piece of content or reasoning; of a call its arguments, a JSON object.
    text: str
    #: A whole call.
    tool_call: Optional[ToolCall] = None


def parse_event(kind: int, text: str, name: Optional[str], identifier: Optional[str]) -> ChatEvent:
    """What the library tells, by its number."""
    if name is not None:
        return ChatEvent("tool_call", text, ToolCall(name, json.loads(text), identifier or ""))
    return ChatEvent("reasoning" if kind == 2 else "content", text)
