internal import Interpreter
internal import Models

/// What an ``Engine`` has under its turn: the sequences, and an interpreter for each set of adapters that some of them use.
///
/// One interpreter at a time holds sequences and threads; the others wait without. A set's program is made when a sequence
/// first uses it. Weights are the model's for all.
struct EngineState: ~Copyable {
    var interpreter: Interpreter
    /// What ``interpreter`` runs with.
    private(set) var adapters: AdapterSet
    /// Those of other sets, the one that was used last behind the others.
    private var idle: [IdleInterpreter] = []
    /// By the interpreter's sequence; nil for one that is closed.
    var sequences: [EngineSequence?] = []
    /// By the interpreter's sequence.
    var sets: [AdapterSet] = []
    /// Those of the running step; kept, so that a step allocates nothing.
    var tokens: [Token] = []
    var entries: [BatchEntry] = []

    /// Sets whose programs are kept while others run.
    private static let maxIdle = 4

    init(interpreter: consuming Interpreter, adapters: AdapterSet) {
        self.interpreter = interpreter
        self.adapters = adapters
    }

    private final class IdleInterpreter {
        var interpreter: Interpreter
        var adapters: AdapterSet

        init(_ interpreter: consuming Interpreter, _ adapters: AdapterSet) {
            self.interpreter = interpreter
            self.adapters = adapters
        }
    }

    /// Makes steps run with these adapters from here on.
    ///
    /// - Throws: ``SwiftletError`` with the code `model` or `outOfMemory`; nothing has then changed.
    mutating func activate(
        _ set: AdapterSet, _ model: Model, _ settings: Interpreter.Options
    ) throws(SwiftletError) {
        guard set != adapters else { return }
        if !set.hasSameAdapters(as: adapters) {
            let other: IdleInterpreter
            if let place = idle.firstIndex(where: { $0.adapters.hasSameAdapters(as: set) }) {
                other = idle.remove(at: place)
            } else {
                other = IdleInterpreter(try Interpreter(model, set, settings), set)
            }
            swap(&interpreter, &other.interpreter)
            interpreter.exchangeSequences(with: &other.interpreter)
            other.adapters = adapters
            idle.append(other)
            if idle.count > Self.maxIdle { idle.removeFirst() }
        }
        interpreter.setAdapterScales(set.scales)
        adapters = set
    }

    /// The adapters that all entries have; nil where they differ.
    func commonSet(_ new: Span<EngineEntry>) throws(SwiftletError) -> AdapterSet? {
        guard !new.isEmpty else { return adapters }
        let first = sets[try index(new[0].sequence)]
        for place in new.indices.dropFirst() where sets[try index(new[place].sequence)] != first { return nil }
        return first
    }

    /// The entries by their adapters, those of the running program first.
    func groups(_ new: Span<EngineEntry>) throws(SwiftletError) -> [(set: AdapterSet, members: [Int])] {
        var groups: [(set: AdapterSet, members: [Int])] = []
        for place in new.indices {
            let set = sets[try index(new[place].sequence)]
            if let known = groups.firstIndex(where: { $0.set == set }) {
                groups[known].members.append(place)
            } else if set == adapters {
                groups.insert((set, [place]), at: 0)
            } else {
                groups.append((set, [place]))
            }
        }
        return groups
    }
}

extension EngineState {
    /// A sequence that the interpreter has opened.
    mutating func note(_ index: Int, _ set: AdapterSet) -> EngineSequence {
        let sequence = EngineSequence(index: index)
        while sequences.count <= index {
            sequences.append(nil)
            sets.append(.none)
        }
        sequences[index] = sequence
        sets[index] = set
        return sequence
    }

    /// The interpreter's number of a sequence.
    func index(_ sequence: EngineSequence) throws(SwiftletError) -> Int {
        guard sequences.indices.contains(sequence.index), sequences[sequence.index] == sequence else {
            throw SwiftletError(
                .invalidArgument, "the engine has no such sequence: it was closed, or is another engine's")
        }
        return sequence.index
    }

    /// Notes the tokens of a step end to end.
    ///
    /// - Parameter members: which of the entries; nil: all.
    mutating func gather(
        _ new: Span<EngineEntry>, max: Int, _ members: [Int]? = nil
    ) throws(SwiftletError) {
        tokens.removeAll(keepingCapacity: true)
        entries.removeAll(keepingCapacity: true)
        for place in 0..<(members?.count ?? new.count) {
            let index = members?[place] ?? place
            let entry = new[index]
            guard !entry.tokens.isEmpty else {
                throw SwiftletError(.invalidArgument, "entry \(index) of the step has no tokens: give at least one")
            }
            guard entry.tokens.count <= max - tokens.count else {
                throw SwiftletError(
                    .invalidArgument, "the step has more tokens than the \(max) that one takes: divide them")
            }
            tokens += entry.tokens
            let outputs: BatchEntry.Outputs =
                switch entry.logits {
                case .none: .none
                case .last: .last
                case .all: .all
                }
            entries.append(
                BatchEntry(
                    sequence: try self.index(entry.sequence), count: entry.tokens.count, outputs: outputs,
                    reach: entry.reach, products: entry.products, cancellation: entry.cancellation?.cancellation))
        }
    }
}

extension Interpreter {
    /// That of the next token's program with adapters.
    ///
    /// - Throws: ``SwiftletError`` with the code `model` or `outOfMemory`.
    init(_ model: Model, _ adapters: AdapterSet, _ settings: Options) throws(SwiftletError) {
        let program = try model.program(for: .nextToken, adapters)
        var settings = settings
        settings.adapterScales = adapters.scales
        do throws(InterpreterError) { self = try Interpreter(program, settings) } catch { throw SwiftletError(error) }
    }
}
