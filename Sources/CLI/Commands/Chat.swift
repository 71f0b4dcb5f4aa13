import ArgumentParser
import Foundation
import Swiftlet

/// Talks with a model.
struct ChatCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "chat",
        abstract: "Talks with a model.",
        discussion: """
            On a terminal, lines are edited and remembered; /help lists the commands. Lines from a file or pipe are \
            messages and commands, too. Ctrl-C stops an answer, Ctrl-D leaves.
            """)

    @OptionGroup var modelFlags: ModelFlags
    @OptionGroup var sessionFlags: SessionFlags
    @OptionGroup var sampling: SamplingFlags
    @OptionGroup var grammar: GrammarFlags

    @Option(parsing: .unconditional, help: ArgumentHelp("What the model is told about its task.", valueName: "text"))
    var system: String?

    @Option(parsing: .unconditional, help: ArgumentHelp("Answers this and leaves.", valueName: "text"))
    var once: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Tokens of a conversation. (default: what the model was made for)", valueName: "n"))
    var context: Int?

    @Option(
        name: [.customShort("n"), .long], parsing: .unconditional,
        help: ArgumentHelp("Most tokens of an answer. (default: until it ends)", valueName: "n"))
    var maxTokens: Int?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("A chat template (Jinja) in place of the file's own.", valueName: "path"))
    var template: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "One of the file's named chat templates. (default: tool_use where there is one and --tools is given)",
            valueName: "name"))
    var templateName: String?

    @Option(help: ArgumentHelp("A conversation that /save saved, to go on with.", valueName: "path"))
    var load: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Tools that the model may call: a JSON array, as its template wants it. Calls are shown, not made.",
            valueName: "path"))
    var tools: String?

    @Flag(
        help: """
            Leave old messages out when the context is full, instead of ending with an error; not while an answer with a \
            grammar comes, which is led to its end instead.
            """)
    var contextShift = false

    @Option(help: ArgumentHelp("How a model's reasoning is shown: shown, dimmed or hidden.", valueName: "how"))
    var reasoning = AnswerPrinter.Reasoning.dimmed

    @Flag(inversion: .prefixedNo, help: "Ask a reasoning model to reason, or not to. (default: as its template does)")
    var thinking: Bool?

    @Flag(help: "Print the conversation as JSON in the end, with why answers ended, and nothing before.")
    var json = false

    func validate() throws {
        if let maxTokens, maxTokens < 1 {
            throw ValidationError("answers of \(maxTokens) tokens are not possible: use -n with 1 or more")
        }
        if template != nil, templateName != nil {
            throw ValidationError("--template and --template-name exclude each other")
        }
        if let context, context < 1 {
            throw ValidationError("a context of \(context) tokens is not possible: use --context with 1 or more")
        }
    }

    func run() throws {
        let model = try modelFlags.open()
        var options = ChatOptions()
        options.session = sessionFlags.options(contextLength: context)
        options.overflow = contextShift ? .shift : .error
        options.template = try template.map { path throws(Failure) in
            String(decoding: try TextSource.file(path).read(), as: UTF8.self)
        }
        options.templateName = templateName
        options.tools = try tools.map { path in
            try ChatJSON(array: String(decoding: try TextSource.file(path).read(), as: UTF8.self))
        }
        options.generation.sampling = try sampling.options(for: model)
        options.generation.minTokens = sampling.minTokens
        options.generation.grammar = try grammar.read()
        options.generation.maxTokens = maxTokens
        var session = try ChatSession(model, options)
        if session.tools != nil, !session.template.takesTools {
            StandardStream.printNote(
                "the chat template has no place for tools: the model does not see those of --tools")
            session.tools = nil
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
            if let ending = repl.endings[index] {
                members["end"] = .string(ending.word)
                members["grammar_complete"] = ending.isComplete.map { .bool($0) }
            }
            return JSON.object(members)
        }
        return .object(["model": .string(model.path), "messages": .array(messages)])
    }
}

extension AnswerPrinter.Reasoning: ExpressibleByArgument {}
