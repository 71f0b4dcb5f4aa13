"""Language models, embeddings, translation and speech recognition on the CPU.

    from swiftlet import Embedder

    vectors = Embedder("all-MiniLM-L6-v2.gguf").encode(["The cat sat on the mat.", "A feline rested on the rug."])
"""

from ._calls import Stream
from ._library import has, version
from .adapter import Adapter
from .chat import Answer, AnswerStream, Chat, EventStream, Message
from .classifier import Classifier, Label, TokenLabels
from .embedder import Embedder
from .errors import (
    ArgumentError, BufferTooSmallError, BusyError, CancelledError, ContextFullError, EncodingError, FileError,
    ForkedError, HandleError, ModelError, NoMemoryError, NotFoundError, SwiftletError, TokenizerError,
)
from .generation import Completion, TextStream
from .index import Match, VectorIndex
from .model import Model
from .reranker import Ranked, Reranker
from .session import Session, SessionInfo
from .tagger import TaggedSpan, Tagger
from .tools import ChatEvent, ToolCall
from .trace import Attention, HeadMeasures, Lens, Trace
from .transcriber import Segment, Transcriber, TranscriptionInfo, Word
from .translator import Translation, Translator
from .zero_shot import ZeroShotClassifier

__version__ = version()

__all__ = [
    "Adapter", "Answer", "AnswerStream", "ArgumentError", "Attention", "BufferTooSmallError", "BusyError",
    "CancelledError", "Chat", "ChatEvent", "Classifier", "Completion", "ContextFullError", "Embedder", "EncodingError",
    "EventStream", "FileError", "ForkedError", "HandleError", "HeadMeasures", "Label", "Lens", "Match", "Message",
    "Model", "ModelError", "NoMemoryError", "NotFoundError", "Ranked", "Reranker", "Segment", "Session", "SessionInfo",
    "Stream", "SwiftletError", "TaggedSpan", "Tagger", "TextStream", "TokenLabels", "TokenizerError", "ToolCall", "Trace",
    "Transcriber", "TranscriptionInfo", "Translation", "Translator", "VectorIndex", "Word", "ZeroShotClassifier",
    "__version__", "has", "version",
]
