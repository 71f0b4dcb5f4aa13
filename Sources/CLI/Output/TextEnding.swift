import Swiftlet

/// How a generated text ended, as the command line tells it.
struct TextEnding {
    /// Nil: it was cancelled.
    let reason: Generation.Reason?
    let grammar: GrammarEnding?

    /// One word.
    var word: String { reason?.rawValue ?? "cancelled" }

    /// Whether the text is whole by its grammar; nil without one.
    var isComplete: Bool? { grammar.map { $0 == .complete } }

    /// For `--stats`.
    var line: String {
        let state = isComplete.map { $0 ? ", the grammar is complete" : ", the grammar is unfinished" } ?? ""
        return "end: \(word)\(state)\n"
    }

    /// The remark on a text that is incomplete by its grammar; nil for any other.
    ///
    /// - Parameter tokens: how many it has.
    func remark(tokens: Int) -> String? {
        guard case .unfinished(let neededTokens) = grammar else { return nil }
        let start = "the text is unfinished by its grammar or schema after \(Format.count(tokens)) tokens"
        if let neededTokens {
            let remedy = reason == .context ? "use a context with room for them" : "use -n with that or more"
            return "\(start): the shortest one needs \(Format.count(neededTokens)) or more; \(remedy)"
        }
        switch reason {
        case .length: return "\(start): use a larger -n"
        case .context: return "\(start): the context is full; use a larger --context"
        case .stop: return "\(start): a stop string ended it"
        default: return "\(start): it was ended early"
        }
    }
}

extension ChatAnswer {
    var ending: TextEnding { TextEnding(reason: reason, grammar: grammar) }
}
