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

    @Flag(help: "Print the conversation as JSON in the end, and nothing before.")
    var json = false

    func validate() throws {
        if let maxTokens, maxTokens < 1 {
            throw ValidationError("answers of \(maxTokens) tokens are not possible: use -n with 1 or more")
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
        options.tools = try tools.map { path in
            try ChatJSON(array: String(decoding: try TextSource.file(path).read(), as: UTF8.self))
        }
        options.generation.sampling = try sampling.options(for: model)
        options.generation.minTokens = sampling.minTokens
        options.generation.grammar = try grammar.read()
        options.generation.maxTokens = maxTokens
        var session = try ChatSession(model, options)
        if let load { try session.restore(from: load) }
        var settings = ChatSettings(generation: options.generation)
        settings.reasoning = reasoning
        settings.thinking = thinking
        let input = ChatInput(completing: once == nil ? ChatCommandLine.names : [], isUsed: once == nil)
        var repl = ChatREPL(session, settings, input: input, printsAnswers: !json)
        if let system { repl.setSystem(system) }
        if let once { try repl.answer(to: once) } else { try repl.run() }
        if json { try transcript(repl.session.messages, model).print(isPretty: true) }
    }

    private func transcript(_ messages: [ChatMessage], _ model: Model) -> JSON {
        .object([
            "model": .string(model.path),
            "messages": .array(
                messages.map { .object(["role": .string($0.role.rawValue), "content": .string($0.content)]) }),
        ])
    }
}

extension AnswerPrinter.Reasoning: ExpressibleByArgument {}
