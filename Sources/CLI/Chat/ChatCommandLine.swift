import Swiftlet

/// A line that is a command: `/name argument`.
struct ChatCommandLine {
    private struct Command {
        var name: String
        var argument: String
        var help: String
        var run: (inout ChatREPL, String) throws -> Void
    }

    private static var commands: [Command] {
        [
            Command(name: "/help", argument: "", help: "List the commands.") { repl, _ in try repl.printHelp() },
            Command(name: "/reset", argument: "", help: "Start a new conversation; keep the system message.") {
                repl, _ in
                repl.reset()
            },
            Command(name: "/undo", argument: "", help: "Remove the last message and its answer.") { repl, _ in
                _ = try repl.removeLastTurn()
            },
            Command(name: "/retry", argument: "", help: "Regenerate the last answer.") { repl, _ in
                try repl.answer(to: repl.removeLastTurn())
            },
            Command(name: "/edit", argument: "[text]", help: "Edit the last message.") {
                repl, text in
                let message = try repl.removeLastTurn()
                if text.isEmpty { repl.nextLine = message } else { try repl.answer(to: text) }
            },
            Command(name: "/system", argument: "[text]", help: "Show or set the system message; - = none.") {
                repl, text in
                if text.isEmpty { try repl.printSystem() } else { repl.setSystem(text == "-" ? "" : text) }
            },
            Command(name: "/tool", argument: "text", help: "Send the result of a call.") { repl, text in
                try repl.addResult(text)
            },
            Command(name: "/save", argument: "file", help: "Save the conversation and its KV cache.") {
                repl, path in
                try repl.save(to: required(path, "/save"))
            },
            Command(name: "/load", argument: "file", help: "Load a saved conversation.") { repl, path in
                try repl.load(from: required(path, "/load"))
            },
            Command(name: "/set", argument: "[name value]", help: "Show or set sampling options.") {
                repl, text in
                let words = text.split(separator: " ", maxSplits: 1).map(String.init)
                switch words.count {
                case 0: try StandardStream.output.write(repl.settings.table(for: .output))
                case 2: try repl.settings.set(words[0], words[1])
                default: throw Failure.message("a value is missing: use /set \(words[0]) value")
                }
            },
            Command(name: "/lora", argument: "[path[=x] ...]", help: "Show or set the LoRA adapters; - = none.") {
                repl, text in
                try repl.changeAdapters(text)
            },
            Command(name: "/stats", argument: "", help: "Show speed and token counts of the last answer.") { repl, _ in
                try repl.printStatistics()
            },
            Command(name: "/tokens", argument: "", help: "Show the tokens in the KV cache.") { repl, _ in
                try repl.printTokens()
            },
            Command(name: "/exit", argument: "", help: "Leave.") { repl, _ in repl.isDone = true },
        ]
    }

    static var names: [String] { commands.map(\.name) }

    private let name: String
    private let argument: String

    init(_ line: String) {
        let words = line.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: true)
        name = words.first.map(String.init) ?? ""
        argument = words.count > 1 ? String(words[1].drop { $0 == " " }) : ""
    }

    func run(_ repl: inout ChatREPL) throws {
        guard let command = Self.commands.first(where: { $0.name == name }) else {
            throw Failure.message(
                "there is no command '\(name)': /help lists them; // sends a message that begins with /")
        }
        if command.argument.isEmpty, !argument.isEmpty {
            throw Failure.message("\(name) takes nothing more")
        }
        try command.run(&repl, argument)
    }

    private static func required(_ path: String, _ name: String) throws(Failure) -> String {
        let trimmed = path.last == " " ? String(path.dropLast()) : path
        guard !trimmed.isEmpty else { throw .message("the name of a file is missing: use \(name) file") }
        return trimmed
    }

    static var help: String {
        var table = Table(("command", .left), ("", .left))
        for command in commands {
            table.append(command.argument.isEmpty ? command.name : "\(command.name) \(command.argument)", command.help)
        }
        return table.text(for: .output)
    }
}

extension ChatREPL {
    fileprivate func printHelp() throws(Failure) {
        try StandardStream.output.write(
            ChatCommandLine.help + """
                A line that ends with \\ goes on with the next; between two lines of \"\"\" all lines are one message.
                Only a line that is typed alone can be a command; // begins a message with a slash.
                Ctrl-C stops an answer, Ctrl-D leaves, Tab completes commands and files, Ctrl-R searches the history.

                """)
    }

    fileprivate func printSystem() throws(Failure) {
        let system = session.messages.first { $0.role == .system }
        try StandardStream.output.write((system?.content ?? "(no system message)") + "\n")
    }

    fileprivate func printStatistics() throws(Failure) {
        guard let last else { throw .message("there is no answer yet") }
        var table = Table(("", .left), ("tokens", .right), ("seconds", .right), ("tokens/s", .right))
        func append(_ name: String, _ tokens: Int, _ time: Duration?) {
            let seconds = time.map { $0 / .seconds(1) } ?? 0
            table.append(
                name, Format.count(tokens), time == nil ? "-" : Format.decimal(seconds, 3),
                seconds > 0 ? Format.decimal(Double(tokens) / seconds, 1) : "-")
        }
        append("prompt, from before", last.promptTokens - last.computedTokens, nil)
        append("prompt, computed", last.computedTokens, last.promptTime)
        append("answer", last.answerTokens, last.answerTime)
        append("context used", session.usedTokens, nil)
        append("context", session.contextLength, nil)
        try StandardStream.output.write(table.text(for: .output) + last.ending.line)
    }

    fileprivate func printTokens() throws(Failure) {
        let tokens = session.heldTokens
        let texts = tokens.map { Format.visible(session.model.detokenize([$0], renderSpecial: true)) }
        try StandardStream.output.write(
            texts.joined(separator: "|") + "\n\(Format.count(tokens.count)) tokens\n")
    }
}
