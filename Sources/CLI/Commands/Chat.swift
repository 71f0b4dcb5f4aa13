import ArgumentParser
import Foundation
import Swiftlet

/// Talks with a model.
struct ChatCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "chat",
        abstract: "Chats with a model.",
        discussion: """
            An interactive chat with line editing and history; /help lists its commands. Lines from a file or a pipe \
            are messages and commands, too. Ctrl-C stops an answer, Ctrl-D leaves. Sampling options that are not given \
            come from the model file, else from the defaults below.

            Examples:
              swiftlet chat -m model.gguf --system "Answer in one sentence."
              swiftlet chat --once "How do I compute embeddings?"
            """)

    @OptionGroup(title: "Model") var modelFlags: ModelFlags
    @OptionGroup(title: "Model") var adapterFlags: AdapterFlags
    @OptionGroup(title: "Model") var sessionFlags: SessionFlags
    @OptionGroup(title: "Sampling") var sampling: SamplingFlags
    @OptionGroup(title: "Structured output") var grammar: GrammarFlags

    @Option(parsing: .unconditional, help: ArgumentHelp("System message.", valueName: "text"))
    var system: String?

    @Option(parsing: .unconditional, help: ArgumentHelp("Answer one message and exit.", valueName: "text"))
    var once: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Context length in tokens. (default: the model's)", valueName: "n"))
    var context: Int?

    @Option(
        name: [.customShort("n"), .long], parsing: .unconditional,
        help: ArgumentHelp("Max tokens per answer. (default: no limit)", valueName: "n"))
    var maxTokens: Int?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Chat template (Jinja). (default: the model's)", valueName: "path"), completion: .file())
    var template: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Named template of the file. (default: tool_use with --tools)", valueName: "name"))
    var templateName: String?

    @Option(help: ArgumentHelp("Continue a conversation saved by /save.", valueName: "path"), completion: .file())
    var load: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Tools for the template (JSON); calls are printed.", valueName: "path"), completion: .file())
    var tools: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Call tools: auto, none, required or a tool's name.", valueName: "choice"))
    var toolChoice: String?

    @Flag(help: "Drop old messages when the context is full.")
    var contextShift = false

    @Option(help: ArgumentHelp("Show or hide reasoning, or leave its marks:", valueName: "how"))
    var reasoning = AnswerPrinter.Reasoning.show

    @Flag(inversion: .prefixedNo, help: "Turn reasoning on or off. (default: the template's)")
    var thinking: Bool?

    @Flag(help: "Print only the conversation, as JSON, at the end.")
    var json = false

    func validate() throws {
        if let maxTokens, maxTokens < 1 {
            throw ValidationError("answers of \(maxTokens) tokens are not possible: use -n with 1 or more")
        }
        if template != nil, templateName != nil {
            throw ValidationError("--template and --template-name exclude each other")
        }
        if toolChoice != nil, tools == nil {
            throw ValidationError("--tool-choice is for --tools, which is missing")
        }
        if let context, context < 1 {
            throw ValidationError("a context of \(context) tokens is not possible: use --context with 1 or more")
        }
    }

    func run() throws {
        let model = try modelFlags.open()
        var options = ChatOptions()
        options.session = sessionFlags.options(contextLength: context)
        options.session.adapters = try adapterFlags.open(for: model)
        options.overflow = contextShift ? .shift : .error
        options.template = try template.map { path throws(Failure) in
            String(decoding: try TextSource.file(path).read(), as: UTF8.self)
        }
        options.templateName = templateName
        options.tools = try tools.map { path in
            try ChatJSON(array: String(decoding: try TextSource.file(path).read(), as: UTF8.self))
        }
        options.toolChoice = toolChoice.map { ToolChoice(word: $0) } ?? .auto
        options.generation.sampling = try sampling.options(for: model)
        options.generation.minTokens = sampling.minTokens
        options.generation.grammar = try grammar.read()
        options.generation.maxTokens = maxTokens
        var session = try ChatSession(model, options)
        if session.tools != nil, !session.template.takesTools {
            StandardStream.printNote(
                "the chat template has no place for tools: the model does not see those of --tools")
            (session.tools, session.toolChoice) = (nil, .auto)
        }
        if let load { try session.restore(from: load) }
        var settings = ChatSettings(generation: options.generation)
        settings.reasoning = reasoning
        settings.thinking = thinking
        let input = ChatInput(completing: once == nil ? ChatCommandLine.names : [], isUsed: once == nil)
        var repl = ChatREPL(session, settings, input: input, printsAnswers: !json)
        if let system { repl.setSystem(system) }
        if let once { try repl.answer(to: once) } else { try repl.run() }
        if json { try transcript(repl, model).print(isPretty: true) }
    }

    private func transcript(_ repl: borrowing ChatREPL, _ model: Model) -> JSON {
        let messages = repl.session.messages.enumerated().map { index, message in
            var members: [String: JSON] = ["role": .string(message.role.rawValue), "content": .string(message.content)]
            members["reasoning"] = message.reasoning.map { .string($0) }
            if let calls = message.toolCalls?.toolCalls, !calls.isEmpty {
                members["tool_calls"] = .array(calls.map(Self.json))
            }
            members["name"] = message.name.map { .string($0) }
            members["tool_call_id"] = message.toolCallID.map { .string($0) }
            if let ending = repl.endings[index] {
                members["end"] = .string(ending.word)
                members["grammar_complete"] = ending.isComplete.map { .bool($0) }
            }
            return JSON.object(members)
        }
        return .object(["model": .string(model.path), "messages": .array(messages)])
    }

    /// A call in OpenAI's form: arguments are text.
    private static func json(_ call: ToolCall) -> JSON {
        .object([
            "type": .string("function"), "id": .string(call.id),
            "function": .object(["name": .string(call.name), "arguments": .string(call.arguments)]),
        ])
    }
}

extension AnswerPrinter.Reasoning: ExpressibleByArgument {}
