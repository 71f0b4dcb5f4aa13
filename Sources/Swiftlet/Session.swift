internal import Interpreter
internal import Models
internal import Tensors

/// How a session runs.
public struct SessionOptions: Sendable {
    /// The element type of the key/value cache.
    public enum CacheType: String, Sendable, CaseIterable {
        /// float32: twice the memory, exact.
        case f32
        /// float16.
        case f16
        /// Blocks of 32 int8 with a float16 scale: about half of float16's memory, for models whose head dimension is a
        /// multiple of 32.
        case q8_0

        init(_ format: CacheFormat) {
            switch format {
            case .f32: self = .f32
            case .f16: self = .f16
            case .q8_0: self = .q8_0
            }
        }

        var format: CacheFormat {
            switch self {
            case .f32: .f32
            case .f16: .f16
            case .q8_0: .q8_0
            }
        }
    }

    /// 0: as many as this process may use (affinity, cgroup quota, physical cores, `SWIFTLET_NUM_THREADS`).
    public var threads = 0
    /// Tokens that the session can hold; nil: what the model was made for.
    public var contextLength: Int?
    /// The element type of the key/value cache; nil: ``CacheType/f32`` for a model whose weights are all float32, which
    /// nothing has rounded yet, ``CacheType/f16`` for any other.
    public var cacheType: CacheType?
    /// Most tokens that are computed together; more make a prompt faster and cost memory.
    public var stepTokens = 512
    /// Forces an instruction set (`scalar`, `avx2`, `avxvnni`, `avx512`, `neon`, `i8mm`); nil: what `SWIFTLET_ISA` says, or the
    /// fastest.
    public var instructionSet: String?

    /// The defaults.
    public init() {}
}

/// One conversation with a model: tokens go in, logits come out. One thread at a time.
///
/// Its memory is the key/value cache, which grows as tokens come, and the activations of one step.
///
/// The number of threads does not change a logit by a bit, nor does it matter in what steps a prompt is taken in while each
/// has a dozen tokens or more. Fewer are computed by other kernels, which add up in another order: with float32 weights that
/// is less than 1e-5 of the largest logit, with quantized ones (whose activations are rounded to int8, now and then the
/// other way) no more than that rounding costs anyway.
public struct Session: ~Copyable {
    /// The model it runs.
    public let model: Model
    /// Tokens that it can hold.
    public let contextLength: Int
    /// The tokens that it holds.
    public private(set) var tokens: [Token] = []
    var interpreter: Interpreter
    /// The row of the last step's logits that belongs to the last token; nil when there is none.
    private var logitsRow: Int?
    /// What it was made with.
    let options: SessionOptions
    /// The draft model's session, kept from one text to the next.
    var draftSession: DraftSession?

    /// - Throws: ``SwiftletError`` with the code `invalidArgument` or `outOfMemory`.
    public init(_ model: Model, _ options: SessionOptions = SessionOptions()) throws(SwiftletError) {
        let contextLength = options.contextLength ?? model.contextLength
        guard contextLength >= 1, contextLength <= model.contextLength else {
            throw SwiftletError(
                .invalidArgument,
                "a context of \(contextLength) tokens is not possible: \(model.path) was made for 1 to "
                    + "\(model.contextLength)")
        }
        guard (0...1024).contains(options.threads), (1...65_536).contains(options.stepTokens) else {
            throw SwiftletError(
                .invalidArgument,
                "\(options.threads) threads and steps of \(options.stepTokens) tokens are not possible: use 0 to 1024 "
                    + "(0: automatic) and 1 to 65536")
        }
        let kernels = try InstructionSets.kernels(options.instructionSet)
        let program = try model.program(for: .nextToken)
        var settings = Interpreter.Options(kernels: kernels, contextLength: contextLength)
        settings.threads = options.threads
        settings.cacheFormat = (options.cacheType ?? (model.isFloat32 ? .f32 : .f16)).format
        settings.stepTokens = options.stepTokens
        do throws(InterpreterError) {
            interpreter = try Interpreter(program, settings)
        } catch {
            throw SwiftletError(error)
        }
        self.model = model
        self.options = options
        self.contextLength = contextLength
    }

    /// Tokens that it holds.
    public var position: Int { tokens.count }

    /// Most tokens of one step.
    var stepTokens: Int { interpreter.stepTokens }

    /// Threads that take part in a step.
    public var threadCount: Int { interpreter.threadCount }

    /// The element type of its key/value cache.
    public var cacheType: SessionOptions.CacheType { SessionOptions.CacheType(interpreter.store.format) }

    /// Bytes that its key/value cache takes once all of ``contextLength`` is used.
    public var cacheByteCount: Int { interpreter.store.byteCount(positions: contextLength) }

    /// Bytes that it takes now. It grows by pages of 64 tokens.
    public var usedCacheByteCount: Int { interpreter.store.usedByteCount }

    /// The instruction set in use.
    public var instructionSet: String { interpreter.kernels.name }

    /// Stops the running step from any thread.
    public var cancellation: SessionCancellation { SessionCancellation(interpreter.cancellation) }

    /// Forgets the tokens from `position` on: the next ones follow there. Logits are gone until then.
    ///
    /// Where the model's state cannot go back so far, as it keeps a window of positions or a recurrent state, the next
    /// ``append(_:eachLogits:)`` computes the tokens before `position` again.
    public mutating func rewind(to position: Int) {
        let position = min(max(0, position), tokens.count)
        if !interpreter.truncate(to: position) { interpreter.truncate(to: 0) }
        tokens.removeSubrange(position...)
        logitsRow = nil
    }

    /// Computes the tokens that ``rewind(to:)`` left without a state.
    private mutating func replay() throws(SwiftletError) {
        let held = tokens
        while computedCount < held.count {
            let start = computedCount
            let end = min(start + interpreter.stepTokens, held.count)
            let entry: InlineArray<1, BatchEntry> = [BatchEntry(count: end - start, outputs: .none)]
            do throws(InterpreterError) {
                try interpreter.step(
                    held.span.extracting(start..<end), entries: entry.span, vocabulary: model.vocabularySize)
            } catch {
                throw SwiftletError(error)
            }
        }
    }

    /// How many of ``tokens``, from the first on, the interpreter holds the state of.
    var computedCount: Int { interpreter.store.length(of: 0) }

    /// Takes in `tokens` after those that it holds, and leaves the logits of the last one behind.
    ///
    /// - Parameter eachLogits: gets the logits, `[vocabularySize]`, of every token by its index in `tokens`.
    /// - Throws: ``SwiftletError``. The tokens of the steps that were done before stay; see ``position``.
    public mutating func append(
        _ tokens: [Token], eachLogits: ((_ index: Int, _ logits: Span<Float>) -> Void)? = nil
    ) throws(SwiftletError) {
        guard tokens.count <= contextLength - position else {
            throw SwiftletError(
                .contextFull,
                "the context is full: it holds \(contextLength) tokens, \(position) are used and \(tokens.count) more "
                    + "were given")
        }
        if !tokens.isEmpty { try replay() }
        var first = 0
        while first < tokens.count {
            let count = min(interpreter.stepTokens, tokens.count - first)
            let isLast = first + count == tokens.count
            let outputs: BatchEntry.Outputs = eachLogits != nil ? .all : isLast ? .last : .none
            let entry: InlineArray<1, BatchEntry> = [BatchEntry(count: count, outputs: outputs)]
            logitsRow = nil
            do throws(InterpreterError) {
                try interpreter.step(
                    tokens.span.extracting(first..<first + count), entries: entry.span, vocabulary: model.vocabularySize
                )
            } catch {
                throw SwiftletError(error)
            }
            if let eachLogits {
                let rows = interpreter.result
                for row in 0..<count { rows.withRow(row) { eachLogits(first + row, $0) } }
            }
            self.tokens += tokens[first..<first + count]
            first += count
            if isLast { logitsRow = interpreter.result.rows - 1 }
        }
    }

    /// Replaces what the session holds by tokens whose state `fill` gives, part by part; false where it cannot. The session
    /// then holds nothing.
    mutating func replaceState(
        _ tokens: [Token], _ fill: (inout SequenceStore, StatePart) -> Bool
    ) throws(SwiftletError) -> Bool {
        rewind(to: 0)
        do throws(InterpreterError) {
            guard try interpreter.restore(length: tokens.count, fill) else { return false }
        } catch {
            throw SwiftletError(error)
        }
        self.tokens = tokens
        return true
    }

    /// The logits after the last token, `[vocabularySize]`; nil before the first and after ``rewind(to:)``.
    public func withLogits<Result, Failure: Error>(
        _ body: (Span<Float>) throws(Failure) -> Result
    ) throws(Failure) -> Result? {
        guard let logitsRow else { return nil }
        return try interpreter.result.withRow(logitsRow, body)
    }

    // MARK: Drafts

    /// Takes in `tokens`, one step's worth, and computes the logits of each, bit-identical to single steps. Holds
    /// the first of them alone until ``confirm(_:)`` takes in the others.
    package mutating func verify(_ tokens: [Token]) throws(SwiftletError) {
        try replay()
        let entry: InlineArray<1, BatchEntry> = [
            BatchEntry(count: tokens.count, outputs: .all, products: .gemv)
        ]
        let start = position
        logitsRow = nil
        do throws(InterpreterError) {
            try interpreter.step(
                tokens.span, entries: entry.span, vocabulary: model.vocabularySize)
        } catch {
            throw SwiftletError(error)
        }
        guard interpreter.hide(from: start + 1) else {
            rewind(to: start)
            throw SwiftletError(
                .invalidArgument, "\(model.path): the model's state cannot go back, as guesses of tokens need it to")
        }
        self.tokens.append(tokens[0])
        logitsRow = 0
    }

    /// Takes in the next of the tokens that ``verify(_:)`` was given.
    package mutating func confirm(_ token: Token) {
        interpreter.show(1)
        tokens.append(token)
        logitsRow? += 1
    }
}

/// Stops a session's step from another thread.
public struct SessionCancellation: Sendable {
    private let cancellation: Cancellation

    init(_ cancellation: Cancellation) { self.cancellation = cancellation }

    /// The running step, or else the next one, ends at its next layer with the code `cancelled`. The session is then as
    /// it was before that step, and can go on.
    public func cancel() { cancellation.cancel() }

    /// Forgets a request that no step has met.
    package func reset() { cancellation.reset() }
}
