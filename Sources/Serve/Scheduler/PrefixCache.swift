import Swiftlet

/// Beginnings of prompts whose states are kept for the prompts of later requests, whoever sends them.
struct PrefixCache {
    private struct Entry {
        let sequence: EngineSequence
        /// The tokens that the sequence holds.
        let tokens: [Token]
        /// What they were computed with.
        let adapters: AdapterChoice
        let byteCount: Int
        var lastUse: Int
    }

    private let engine: Engine
    private let maxBytes: Int
    private let maxCount: Int
    private var entries: [Entry] = []
    private var uses = 0
    /// Whether states of the model can go back, so that a longer prefix serves as a shorter one.
    private var goesBack = true

    /// - Parameters:
    ///   - maxBytes: of all states; 0: none is kept.
    ///   - maxCount: max number of prefixes.
    init(_ engine: Engine, maxBytes: Int, maxCount: Int) {
        self.engine = engine
        self.maxBytes = maxBytes
        self.maxCount = maxCount
    }

    var byteCount: Int { entries.reduce(0) { $0 + $1.byteCount } }
    var count: Int { entries.count }

    /// How many of a prompt's tokens could be taken over.
    func reusable(_ request: TextRequest, _ plan: PromptPlan) -> Int { best(request, plan)?.length ?? 0 }

    /// A sequence that holds the first tokens of a prompt, and how many; nil where none is known.
    mutating func sequence(for request: TextRequest, _ plan: PromptPlan) -> (EngineSequence, Int)? {
        guard let (index, length) = best(request, plan), let fork = try? engine.fork(entries[index].sequence) else {
            return nil
        }
        uses += 1
        entries[index].lastUse = uses
        if length == entries[index].tokens.count { return (fork, length) }
        guard (try? engine.truncate(fork, to: length)) == true else {
            goesBack = false
            try? engine.close(fork)
            return nil
        }
        return (fork, length)
    }

    private func best(_ request: TextRequest, _ plan: PromptPlan) -> (index: Int, length: Int)? {
        var best: (index: Int, length: Int)?
        for (index, entry) in entries.enumerated() where entry.adapters == request.adapters {
            let common = zip(entry.tokens, request.prompt).prefix { $0 == $1 }.count
            let length = plan.reusable(common: common)
            guard length > best?.length ?? 0, goesBack || length == entry.tokens.count else { continue }
            best = (index, length)
        }
        return best
    }

    /// Keeps the state that a sequence has now, that of `tokens` with `adapters`. The sequence goes on being the caller's.
    mutating func keep(_ sequence: EngineSequence, _ tokens: [Token], _ adapters: AdapterChoice) {
        guard maxBytes > 0, !tokens.isEmpty else { return }
        uses += 1
        if let known = entries.firstIndex(where: {
            $0.adapters == adapters && (goesBack ? $0.tokens.starts(with: tokens) : $0.tokens == tokens)
        }) {
            entries[known].lastUse = uses
            return
        }
        if goesBack { remove { $0.adapters == adapters && tokens.starts(with: $0.tokens) } }
        guard let byteCount = try? engine.usedByteCount(of: sequence), byteCount <= maxBytes else { return }
        while byteCount > maxBytes - self.byteCount || entries.count >= maxCount {
            guard dropOldest() else { return }
        }
        guard let fork = try? engine.fork(sequence) else { return }
        entries.append(
            Entry(sequence: fork, tokens: tokens, adapters: adapters, byteCount: byteCount, lastUse: uses))
    }

    /// Forgets the prefix that was of use the longest time ago; false where there is none.
    mutating func dropOldest() -> Bool {
        guard let oldest = entries.indices.min(by: { entries[$0].lastUse < entries[$1].lastUse }) else { return false }
        try? engine.close(entries.remove(at: oldest).sequence)
        return true
    }

    private mutating func remove(where isWanted: (Entry) -> Bool) {
        for entry in entries where isWanted(entry) { try? engine.close(entry.sequence) }
        entries.removeAll(where: isWanted)
    }
}
