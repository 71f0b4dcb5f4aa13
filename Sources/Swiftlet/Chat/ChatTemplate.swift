internal import Templates
internal import Tokenizers

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// The form in which a model sees a conversation: the file's `tokenizer.chat_template`, in Jinja.
///
/// What comes from messages never becomes a control token: these are looked for in the template's own text alone.
public struct ChatTemplate: Sendable {
    private let template: Template
    private let tokenizer: Tokenizer
    private let path: String
    /// The prompt of an answer ends within the model's reasoning: the answer begins with it.
    public let opensReasoning: Bool

    /// - Parameter source: in the place of the file's own.
    init(_ model: Model, source: String?) throws(SwiftletError) {
        guard let source = source ?? model.text(forKey: "tokenizer.chat_template") else {
            throw SwiftletError(
                .model,
                "\(model.path) has no chat template: give one, or complete plain text instead of chatting")
        }
        do throws(TemplateError) {
            template = try Template(source)
        } catch {
            throw SwiftletError(.model, "\(model.path): the chat template, \(error)")
        }
        tokenizer = model.tokenizer
        path = model.path
        let probe = try? Self.render(template, [ChatMessage(.user, "x")], thinking: nil, tools: nil, tokenizer)
        let ending = probe?.text.reversed().drop { $0.isWhitespace }.prefix(7)
        opensReasoning = ending.map { String($0.reversed()) } == "<think>"
    }

    /// The tokens of a conversation, up to where the answer begins.
    func tokens(
        _ messages: [ChatMessage], thinking: Bool?, tools: ChatJSON?, known: KnownTexts = KnownTexts()
    ) throws(SwiftletError) -> [Token] {
        guard tools == nil || template.mentions("tools") else {
            throw SwiftletError(
                .invalidArgument, "\(path): the chat template has no place for tools: leave them out, or use another")
        }
        let rendering: Rendering
        do throws(TemplateError) {
            rendering = try Self.render(template, messages, thinking: thinking, tools: tools, tokenizer)
        } catch {
            throw SwiftletError(.model, "\(path): the chat template, \(error)")
        }
        let segments = rendering.segments.map { segment in
            TextSegment(Array(segment.text.utf8), parsesSpecial: !segment.isFromInput)
        }
        return tokenizer.encode(segments, addsBOS: true, known: known)
    }

    private static func render(
        _ template: Template, _ messages: [ChatMessage], thinking: Bool?, tools: ChatJSON?, _ tokenizer: Tokenizer
    ) throws(TemplateError) -> Rendering {
        func text(_ token: Token?) -> TemplateValue {
            .trusted(token.flatMap { tokenizer.text(of: $0) } ?? "")
        }
        var context: [String: TemplateValue] = [
            "messages": .list(messages.map(\.templateValue)),
            // Without tools there is none, rather than nothing, as in transformers.
            "tools": tools?.value ?? .none,
            "add_generation_prompt": true,
            "bos_token": text(tokenizer.special.bos),
            "eos_token": text(tokenizer.special.eos),
        ]
        if let thinking { context["enable_thinking"] = .bool(thinking) }
        return try template.render(context, now: now())
    }

    /// The local time, for templates that tell the model the date.
    private static func now() -> CivilTime? {
        var seconds = time(nil)
        var parts = unsafe tm()
        guard unsafe localtime_r(&seconds, &parts) != nil else { return nil }
        return unsafe CivilTime(
            year: Int(parts.tm_year) + 1900, month: Int(parts.tm_mon) + 1, day: Int(parts.tm_mday),
            hour: Int(parts.tm_hour), minute: Int(parts.tm_min), second: min(59, Int(parts.tm_sec)))
    }
}

extension ChatMessage {
    /// As templates see it.
    fileprivate var templateValue: TemplateValue {
        var entries: [TemplateValue.Entry] = [
            .init("role", .trusted(role.rawValue)), .init("content", .string(content)),
        ]
        if let toolCalls { entries.append(.init("tool_calls", toolCalls.value)) }
        if let name { entries.append(.init("name", .string(name))) }
        if let toolCallID { entries.append(.init("tool_call_id", .string(toolCallID))) }
        return .dictionary(entries)
    }
}
