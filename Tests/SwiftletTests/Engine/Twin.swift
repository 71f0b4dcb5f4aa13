import Swiftlet
import TestSupport

/// One sequence of an engine, beside a session that is given the same.
final class Twin {
    let engine: Engine
    let sequence: EngineSequence
    private var alone: Session
    /// The session's input, to replay in a copy.
    private var history: [Change] = []

    private enum Change {
        case append([Token])
        case rewind(Int)
    }

    init(_ engine: Engine, _ options: SessionOptions) throws {
        self.engine = engine
        sequence = try engine.open()
        alone = try Session(engine.model, options)
    }

    /// A copy, by a fork of the sequence.
    init(forking other: Twin, _ options: SessionOptions) throws {
        engine = other.engine
        sequence = try engine.fork(other.sequence)
        alone = try Session(engine.model, options)
        history = other.history
        for change in history {
            switch change {
            case .append(let tokens): try alone.append(tokens)
            case .rewind(let length): alone.rewind(to: length)
            }
        }
    }

    var tokens: [Token] { alone.tokens }

    /// Gives the session tokens; returns the bits of the logits.
    func append(_ tokens: [Token]) throws -> [UInt32] {
        history.append(.append(tokens))
        try alone.append(tokens)
        return alone.logitBits
    }

    /// Goes back, both.
    func truncate(to length: Int) throws -> Bool {
        history.append(.rewind(length))
        alone.rewind(to: length)
        return try engine.truncate(sequence, to: length)
    }
}

extension Engine {
    /// An engine with a number of threads and the best or another instruction set.
    convenience init(
        _ model: Model, threads: Int = 2, sequences: Int = 16, stepTokens: Int = 512, instructionSet: String? = nil
    ) throws {
        var options = EngineOptions()
        options.runtime.threads = threads
        options.runtime.instructionSet = instructionSet
        options.maxSequences = sequences
        options.stepTokens = stepTokens
        try self.init(model, options)
    }

    /// One step; the bits of each entry's last logits, nil for one that was cancelled.
    func bits(_ entries: [EngineEntry]) throws -> [[UInt32]?] {
        var found = [[UInt32]?](repeating: nil, count: entries.count)
        try step(entries.span) { entry, outcome in
            guard outcome.rowCount > 0 else { return }
            found[entry] = outcome.withLogits(outcome.rowCount - 1) { row in row.indices.map { row[$0].bitPattern } }
        }
        return found
    }
}

/// The greatest of some logits.
func greedy(_ bits: [UInt32]) -> Token {
    let best = bits.indices.max { Float(bitPattern: bits[$0]) < Float(bitPattern: bits[$1]) }
    return Token(best ?? 0)
}
