internal import Tokenizers

/// Tells the content of an answer, the reasoning and the calls of tools apart while the answer is generated.
///
/// Pieces may be cut anywhere. A call is given whole or not at all: text that cannot be read as a call is content.
///
/// ```swift
/// var parser = ChatParser(template.format, tools: tools)
/// for piece in pieces { for event in parser.append(piece) { show(event) } }
/// for event in parser.finish() { show(event) }
/// ```
public struct ChatParser: Sendable {
    private var marks: MarkParser?
    private var harmony: HarmonyParser?

    /// - Parameters:
    ///   - tools: what the model may call; nil: calls are not looked for.
    ///   - startsInReasoning: whether the prompt ended within the model's reasoning; see ``ChatTemplate/opensReasoning``.
    public init(_ format: ChatFormat, tools: ChatJSON?, startsInReasoning: Bool = false) {
        if format.isHarmony {
            harmony = HarmonyParser(parsesCalls: tools != nil)
        } else {
            marks = MarkParser(format, tools.map { ToolList($0) }, startsInReasoning: startsInReasoning)
        }
    }

    /// The events that the next piece makes certain.
    public mutating func append(_ text: String) -> [ChatEvent] { append(Array(text.utf8)) }

    /// The same with bytes, which may end within a character.
    package mutating func append(_ bytes: [UInt8]) -> [ChatEvent] {
        marks?.append(bytes) ?? harmony?.append(bytes) ?? []
    }

    /// The events that are left when nothing follows.
    public mutating func finish() -> [ChatEvent] { marks?.finish() ?? harmony?.finish() ?? [] }
}
