internal import Templates
package import Tokenizers

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// The form in which a model sees a conversation: the file's `tokenizer.chat_template`, or a named one, in Jinja.
///
/// Text of messages never becomes a control token: only the template's own text is searched for them.
public struct ChatTemplate: Sendable {
    /// Without tools.
    private let plain: Template
    /// With tools. One that is not understood matters where tools are given.
    private let withTools: Result<Template, SwiftletError>
    let tokenizer: Tokenizer
    /// The vocabulary as grammars see it.
    let texts: @Sendable () -> TokenTexts
    private let path: String
    /// How the model writes answers.
    public let format: ChatFormat
    /// The form of messages with calls.
    private let callForm: CallForm
    /// The prompt of an answer ends within the model's reasoning: the answer begins with it.
    public let opensReasoning: Bool

    /// The template that `transformers` takes, too, where tools are given.
    private static let toolName = "tool_use"

    /// - Parameters:
    ///   - source: in place of the file's own.
    ///   - name: one of the file's.
    /// - Throws: ``SwiftletError`` with the code `model` where there is none, or it is not understood.
    package init(_ model: Model, source: String?, name: String?) throws(SwiftletError) {
        let templates = try NamedTemplates(model)
        var sources: [String] = []
        if let source {
            sources = [source]
            guard name == nil else {
                throw SwiftletError(.invalidArgument, "a template and the name of one exclude each other")
            }
            plain = try Self.parse(source, "the chat template", model).get()
            withTools = .success(plain)
        } else if let name {
            guard let source = templates[name] else {
                throw SwiftletError(
                    .invalidArgument, "\(model.path) has no chat template \"\(name)\": \(templates.remedy)")
            }
            sources = [source]
            plain = try Self.parse(source, "the chat template \"\(name)\"", model).get()
            withTools = .success(plain)
        } else {
            guard let source = templates[NamedTemplates.defaultName] else {
                throw SwiftletError(
                    .model,
                    "\(model.path) has no chat template\(templates.names.isEmpty ? "" : " of its own"): "
                        + templates.remedy)
            }
            sources = [source, templates[Self.toolName] ?? ""]
            plain = try Self.parse(source, "the chat template", model).get()
            withTools =
                templates[Self.toolName].map { Self.parse($0, "the chat template \"\(Self.toolName)\"", model) }
                ?? .success(plain)
        }
        tokenizer = model.tokenizer
        texts = { model.tokenTexts }
        path = model.path
        let format = ChatFormat(template: sources.joined(separator: "\n"), id: model.tokenizer.id(of:))
        self.format = format
        let tokenizer = model.tokenizer
        let form = CallForm(sources, format) { [withTools, plain] messages in
            let template = (try? withTools.get()) ?? plain
            return try? Self.render(template, messages, thinking: nil, tools: nil, tokenizer).text
        }
        callForm = form
        let probe = form.values(of: [ChatMessage(.user, "x")])
        let prompt = try? Self.render(plain, probe, thinking: nil, tools: nil, tokenizer)
        opensReasoning = prompt.map { format.endsInReasoning($0.text) } ?? false
    }

    private static func parse(
        _ source: String, _ title: String, _ model: Model
    ) -> Result<Template, SwiftletError> {
        do throws(TemplateError) {
            return .success(try Template(source))
        } catch {
            return .failure(SwiftletError(.model, "\(model.path): \(title), \(error)"))
        }
    }

    /// Whether the template reads the variable `tools`. One that does not can tell a model of no tools: giving it some is an
    /// error.
    public var takesTools: Bool {
        if case .success(let template) = withTools { template.reads("tools") } else { true }
    }

    /// A conversation as the model sees it, up to where the answer begins.
    ///
    /// - Parameter known: texts whose tokens are kept as they were generated.
    package func prompt(
        _ messages: [ChatMessage], thinking: Bool?, tools: ChatJSON?, known: KnownTexts = KnownTexts()
    ) throws(SwiftletError) -> ChatPrompt {
        guard tools == nil || takesTools else {
            throw SwiftletError(
                .invalidArgument, "\(path): the chat template has no place for tools: leave them out, or use another")
        }
        let template = tools == nil ? plain : try withTools.get()
        let rendering: Rendering
        do throws(TemplateError) {
            rendering = try Self.render(
                template, callForm.values(of: messages), thinking: thinking, tools: tools, tokenizer)
        } catch {
            throw SwiftletError(.model, "\(path): the chat template, \(error)")
        }
        let segments = rendering.segments.map { segment in
            TextSegment(Array(segment.text.utf8), parsesSpecial: !segment.isFromInput)
        }
        return ChatPrompt(
            tokens: tokenizer.encode(segments, addsBOS: true, known: known),
            opensReasoning: format.endsInReasoning(rendering.text))
    }

    private static func render(
        _ template: Template, _ messages: [TemplateValue], thinking: Bool?, tools: ChatJSON?, _ tokenizer: Tokenizer
    ) throws(TemplateError) -> Rendering {
        func text(_ token: Token?) -> TemplateValue {
            .trusted(token.flatMap { tokenizer.text(of: $0) } ?? "")
        }
        var context: [String: TemplateValue] = [
            "messages": .list(messages),
            // Without tools there is none, rather than nothing, as in transformers.
            "tools": tools?.value ?? .none,
            "add_generation_prompt": true,
            "bos_token": text(tokenizer.special.bos),
            "eos_token": text(tokenizer.special.eos),
        ]
        // Qwen's word and GLM's, and Granite's and DeepSeek's.
        if let thinking { for name in ["enable_thinking", "thinking"] { context[name] = .bool(thinking) } }
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

/// The tokens of a conversation up to where the answer begins.
package struct ChatPrompt: Sendable {
    package var tokens: [Token]
    /// The answer begins within the model's reasoning.
    package let opensReasoning: Bool
}
