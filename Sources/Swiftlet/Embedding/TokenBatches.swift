internal import Graph
internal import Interpreter
internal import Models
internal import Tensors

/// A text's tokens on their way through a model.
struct TokenSequence: Sendable {
    var tokens: [Token]
    /// How many of them belong to the first of two texts.
    var firstSegment: Int?
    /// Whether the text had more.
    var isTruncated = false
}

/// Runs any number of token sequences through a model, as few steps as the budget allows.
///
/// Sequences lie end to end in a step, without padding; none sees another. The longest come first, so that those of a step
/// are alike in length. What a sequence gives does not depend on its company, to the bit.
struct TokenBatches: ~Copyable {
    private let program: Program
    private let vocabularySize: Int
    private let budget: Int
    private var interpreter: Interpreter

    /// - Parameters:
    ///   - longest: most tokens of a sequence.
    ///   - budget: most tokens of a step that holds more than one sequence.
    init(
        _ model: Model, _ program: Program, longest: Int, budget: Int, threads: Int, instructionSet: String?
    ) throws(SwiftletError) {
        guard (0...1024).contains(threads), (1...65_536).contains(budget) else {
            throw SwiftletError(
                .invalidArgument,
                "\(threads) threads and batches of \(budget) tokens are not possible: use 0 to 1024 (0: automatic) and "
                    + "1 to 65536")
        }
        var settings = Interpreter.Options(
            kernels: try InstructionSets.kernels(instructionSet), contextLength: longest)
        settings.threads = threads
        settings.panels = model.panels
        settings.sequences = min(budget, Self.mostSequences)
        settings.stepTokens = max(budget, longest)
        do throws(InterpreterError) {
            interpreter = try Interpreter(program, settings)
        } catch {
            throw SwiftletError(error)
        }
        self.program = program
        vocabularySize = model.vocabularySize
        self.budget = budget
    }

    init(_ model: Model, _ task: ModelTask, longest: Int, _ options: HeadOptions) throws(SwiftletError) {
        try self.init(
            model, model.program(for: task), longest: longest, budget: options.batchTokens, threads: options.threads,
            instructionSet: options.instructionSet)
    }

    /// Most sequences of a step.
    private static let mostSequences = 1024

    var threadCount: Int { interpreter.threadCount }
    var instructionSet: String { interpreter.kernels.name }
    var cancellation: SessionCancellation { SessionCancellation(interpreter.cancellation) }

    mutating func startProfile() { interpreter.startTiming() }

    mutating func endProfile() -> Profile { Profile(interpreter.endTiming(), program, interpreter.cache.format) }

    /// Whether the model tells a second segment from the first.
    var knowsSegments: Bool { program.segmentCount > 1 }

    /// Elements of a result's row.
    var columns: Int { program.slots[program.output.index].columns }

    /// - Parameters:
    ///   - outputs: the rows that are wanted of each sequence.
    ///   - body: gets a sequence's index and its rows, in any order; for an empty sequence it is not called.
    mutating func run(
        _ sequences: [TokenSequence], _ outputs: SequencePart.Outputs,
        _ body: (_ sequence: Int, _ rows: FloatRows) -> Void
    ) throws(SwiftletError) {
        let order = sequences.indices.filter { !sequences[$0].tokens.isEmpty }.sorted { a, b in
            let (first, second) = (sequences[a].tokens.count, sequences[b].tokens.count)
            return first == second ? a < b : first > second
        }
        var next = 0
        while next < order.count {
            let start = next
            var tokens: [Token] = []
            var parts: [SequencePart] = []
            while next < order.count, parts.count < min(budget, Self.mostSequences) {
                let sequence = sequences[order[next]]
                let firstSegment = knowsSegments ? sequence.firstSegment : nil
                guard tokens.isEmpty || tokens.count + sequence.tokens.count <= budget else { break }
                tokens += sequence.tokens
                parts.append(
                    SequencePart(
                        sequence: parts.count, count: sequence.tokens.count, outputs: outputs,
                        firstSegment: firstSegment))
                next += 1
            }
            try step(tokens, parts)
            var row = 0
            for (index, part) in zip(order[start..<next], parts) {
                let count = outputs == .all ? part.count : outputs == .none ? 0 : 1
                body(index, interpreter.result.rows(from: row, count: count))
                row += count
            }
        }
    }

    private mutating func step(_ tokens: [Token], _ parts: [SequencePart]) throws(SwiftletError) {
        do throws(InterpreterError) {
            try interpreter.step(
                tokens.span, parts: parts.span, vocabulary: vocabularySize, products: .many)
        } catch {
            throw SwiftletError(error)
        }
        for part in parts { interpreter.truncate(sequence: part.sequence, to: 0) }
    }
}

extension FloatRows {
    /// A copy of one row.
    func array(_ row: Int) -> [Float] {
        withRow(row) { span in span.indices.map { span[$0] } }
    }
}
