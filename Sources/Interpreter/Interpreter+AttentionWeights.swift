package import Graph
package import Tensors

/// A head of an attention, whose weights are returned.
package struct AttentionHead: BitwiseCopyable, Hashable, Sendable {
    /// The result of ``GraphBuilder/attention(_:_:_:mask:bias:scale:softcap:sinks:)``.
    package let attention: Node
    package let head: Int

    package init(attention: Node, head: Int) {
        self.attention = attention
        self.head = head
    }
}

/// The heads whose weights a step is asked for, and memory for these.
struct WantedWeights: ~Copyable {
    let heads: FixedBuffer<AttentionHead>
    /// `[heads * tokens, positions]`; nil where no heads are wanted.
    let rows: FloatRows?
    private let arena: Arena?

    /// No heads.
    init() {
        heads = FixedBuffer([])
        rows = nil
        arena = nil
    }

    init(_ heads: [AttentionHead], tokens: Int, positions: Int) throws(InterpreterError) {
        let (count, overflow) = heads.count.multipliedReportingOverflow(by: tokens)
        guard !overflow, positions <= Int.max / 4 else { throw .tooLarge("the weights of \(heads.count) heads") }
        let arena = try Interpreter.arena(4 * positions, count)
        rows = arena.view.floats(at: 0, rows: count, columns: positions, stride: positions)
        self.heads = FixedBuffer(heads)
        self.arena = consume arena
    }
}

extension Interpreter {
    /// The weights with which some heads of any attentions attend when the tokens of a sequence are computed in one step.
    ///
    /// - Parameters:
    ///   - tokens: from the start of a sequence on.
    ///   - sequence: where they are computed; it is emptied before and after. The others, and rows that the last step left
    ///     for outputs, stay.
    ///   - body: gets `[heads * tokens, positions]`: the rows of the first head first, a column for each position that is
    ///     there, zero where a mask hides it. A self-attention has as many positions as there are tokens; columns behind
    ///     those of an attention mean nothing.
    /// - Throws: ``InterpreterError``.
    package mutating func attentionWeights(
        of tokens: Span<Int32>, heads: [AttentionHead], sequence: Int, vocabulary: Int, cross: CrossCache? = nil,
        _ body: (FloatRows) -> Void
    ) throws(InterpreterError) {
        try check(heads)
        let counts = (tokenCount, outputCount)
        truncate(sequence: sequence, to: 0)
        defer {
            wanted = WantedWeights()
            truncate(sequence: sequence, to: 0)
            (tokenCount, outputCount) = counts
        }
        let entry: InlineArray<1, BatchEntry> = [
            BatchEntry(sequence: sequence, count: tokens.count, outputs: .none, cross: cross)
        ]
        let tileCount = try place(tokens, entry.span, vocabulary: vocabulary)
        let positions = max(tokens.count, cross?.length ?? 0)
        wanted = try WantedWeights(heads, tokens: tokens.count, positions: positions)
        try run(entry.span, tileCount: tileCount)
        if let rows = wanted.rows { body(rows) }
    }

    func check(_ heads: [AttentionHead]) throws(InterpreterError) {
        for wanted in heads {
            let own = program.operations.lazy.compactMap { operation in
                if case .attention(let attention) = operation, attention.out == wanted.attention {
                    attention.heads.queries
                } else {
                    nil
                }
            }
            guard (0..<(own.first ?? 0)).contains(wanted.head) else {
                throw .attentionHead(wanted.head, of: own.first)
            }
        }
    }
}
