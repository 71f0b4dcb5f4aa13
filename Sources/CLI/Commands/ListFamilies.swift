import ArgumentParser
import Foundation
import Models

/// Lists the architectures that run.
struct ListFamilies: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "families",
        abstract: "Lists the supported architectures and their tasks.",
        discussion: """
            An architecture is what a GGUF file has as general.architecture; swiftlet inspect shows it.

            Example:
              swiftlet families --json
            """)

    @Flag(name: .customLong("json"), help: "Print JSON: architecture, kind and commands.")
    var printsJSON = false

    func run() throws {
        let rows = Families.architectures.sorted().compactMap { architecture in
            Families.kind(of: architecture).map { (architecture, $0) }
        }
        guard printsJSON else {
            let width = rows.map { $0.0.count }.max() ?? 0
            for (architecture, kind) in rows {
                let name = architecture.padding(toLength: width, withPad: " ", startingAt: 0)
                try StandardStream.output.write("\(name)  \(kind.commands.joined(separator: ", "))\n")
            }
            return
        }
        let list = rows.map { architecture, kind in
            JSON.object([
                "architecture": .string(architecture), "kind": .string(kind.name),
                "commands": .array(kind.commands.map(JSON.string)),
            ])
        }
        try JSON.array(list).print(isPretty: true)
    }
}

extension ModelKind {
    fileprivate var name: String {
        switch self {
        case .decoder: "decoder"
        case .encoder: "encoder"
        case .textToText: "text-to-text"
        case .speech: "speech"
        }
    }

    /// The commands for models of this kind.
    var commands: [String] {
        switch self {
        case .decoder: ["chat", "run", "logits", "perplexity", "embed"]
        case .encoder: ["embed", "similarity", "search", "rerank", "classify", "tag", "fill-mask"]
        case .textToText: ["translate", "summarize", "run", "logits", "perplexity", "embed"]
        case .speech: ["transcribe"]
        }
    }
}
