package import Tensors

/// A value of a ``Graph``: the result of the operation with this index.
package struct Node: Hashable, Sendable {
    let index: Int
}

/// What the number of rows of a value is. It is known only when a step runs: a graph is symbolic in it.
package enum Extent: Int, Sendable, BitwiseCopyable, CaseIterable {
    /// One row for every token of the step.
    case tokens
    /// One row for every token whose result the caller asked for.
    case outputs
    /// Two rows for every token: what a convolution that leaves out every second row reads.
    case frames
}

/// `[extent, columns]`, float32.
package struct Shape: Hashable, Sendable {
    package let extent: Extent
    package let columns: Int

    package init(extent: Extent, columns: Int) {
        self.extent = extent
        self.columns = columns
    }
}

/// A weight and its name in the file.
package struct NamedMatrix: Sendable {
    package let name: String
    package let matrix: WeightMatrix

    package init(name: String, matrix: WeightMatrix) {
        self.name = name
        self.matrix = matrix
    }
}

/// A float32 vector and its name in the file.
package struct NamedVector: Sendable {
    package let name: String
    package let vector: WeightVector

    package init(name: String, vector: WeightVector) {
        self.name = name
        self.vector = vector
    }
}

/// The heads of an attention: `queries` is a multiple of `keyValues` (grouped-query attention, arXiv:2305.13245).
package struct Heads: Hashable, Sendable, BitwiseCopyable {
    package let queries: Int
    package let keyValues: Int
    /// Elements of one head's query and key.
    package let keyDimension: Int
    /// Elements of one head's value.
    package let valueDimension: Int

    package init(queries: Int, keyValues: Int, keyDimension: Int, valueDimension: Int) {
        self.queries = queries
        self.keyValues = keyValues
        self.keyDimension = keyDimension
        self.valueDimension = valueDimension
    }
}

/// Which positions of its sequence a token attends to.
package enum Mask: Sendable, Hashable, BitwiseCopyable {
    /// Those up to its own.
    case causal
    /// All.
    case bidirectional
    /// Those at most `radius` away, on either side (local attention, arXiv:2004.05150).
    case window(radius: Int)
    /// All, the less the farther away: head h of n takes `slope(h, n) * distance` off its scores (ALiBi,
    /// arXiv:2108.12409, in the symmetric form of arXiv:2310.19923). The slopes are powers of 2^(-`greatest` / n).
    case alibi(greatest: Float)

    /// Pairs of a token and a position that it attends to, of `count` tokens after `past` others.
    package func pairs(past: Int, count: Int) -> Int {
        switch self {
        case .causal: return count * past + count * (count + 1) / 2
        case .bidirectional, .alibi: return count * (past + count)
        case .window(let radius):
            let last = past + count - 1
            return (past..<past + count).reduce(0) { sum, position in
                let back = min(radius, position)
                return sum + back + 1 + min(radius, last - position)
            }
        }
    }

    /// What a head takes off its scores for each position of distance; nil where distance does not count.
    ///
    /// A number of heads that is no power of two, n + m with n the greatest below, has the slopes of n heads, and then
    /// every second one of 2 n heads.
    package func slope(head: Int, of heads: Int) -> Float? {
        guard case .alibi(let greatest) = self else { return nil }
        var whole = 1
        while whole * 2 <= heads { whole *= 2 }
        let exponent =
            head < whole ? Double(head + 1) / Double(whole) : Double(2 * (head - whole) + 1) / Double(2 * whole)
        return Float(Power.of(2, -Double(greatest) * exponent))
    }
}

/// Rotary position embedding (arXiv:2104.09864).
package struct RoPE: Sendable {
    /// Elements of each head that are rotated; the rest pass.
    package let rotated: Int
    package let base: Double
    /// Positions are divided by it (linear scaling).
    package let factor: Double
    /// Divides each pair's frequency, `[rotated / 2]` (`rope_freqs.weight`).
    package let frequencyFactors: NamedVector?
    package let pairing: RoPEPairing

    package init(
        rotated: Int, base: Double, factor: Double = 1, frequencyFactors: NamedVector? = nil, pairing: RoPEPairing
    ) {
        self.rotated = rotated
        self.base = base
        self.factor = factor
        self.frequencyFactors = frequencyFactors
        self.pairing = pairing
    }

    /// Radians a position for each pair, `[rotated / 2]`.
    var frequencies: [Double] {
        (0..<rotated / 2).map { pair in
            let frequency = Power.of(base, -2 * Double(pair) / Double(rotated)) / factor
            return frequencyFactors.map { frequency / Double($0.vector[pair]) } ?? frequency
        }
    }
}

/// Where the rows of a look-up come from.
package enum RowIndex: String, Sendable, BitwiseCopyable {
    /// The token's id.
    case tokens
    /// The token's position in its sequence.
    case positions
    /// Which of a pair of texts the token belongs to: 0 or 1.
    case segments
}

/// Where attention finds its keys and values.
package enum KeyValues: Sendable {
    /// Appended to the cache of this layer, and all that the cache holds of the sequence.
    case cached(layer: Int, keys: Node, values: Node)
    /// The step's own, kept nowhere.
    case step(keys: Node, values: Node)

    package var keys: Node {
        switch self {
        case .cached(_, let keys, _), .step(let keys, _): keys
        }
    }

    package var values: Node {
        switch self {
        case .cached(_, _, let values), .step(_, let values): values
        }
    }
}

/// One head of an attention to a memory, whose weights are wanted.
package struct MemoryHead: Sendable {
    /// The queries of all heads of its layer.
    package let query: Node
    package let layer: Int
    package let head: Int

    package init(query: Node, layer: Int, head: Int) {
        self.query = query
        self.layer = layer
        self.head = head
    }
}

/// What a node computes.
package enum Operation: Sendable {
    case lookUp(NamedMatrix, by: RowIndex)
    case norm(Node, NormKind, weight: NamedVector, bias: NamedVector?, epsilon: Float)
    case linear(Node, NamedMatrix, bias: NamedVector?)
    case columns(Node, Range<Int>)
    case add(Node, Node)
    case multiply(Node, Node)
    case activate(Node, Activation)
    /// Cosines and sines of every token's position, `[tokens, 2, rotated / 2]`.
    case angles(RoPE)
    case rotate(Node, angles: Node, headDimension: Int, pairing: RoPEPairing)
    case attention(query: Node, KeyValues, Heads, Mask, scale: Float)
    /// What the caller fills in before a step.
    case input
    /// Each row beside its neighbours, as a convolution of this width reads them: element `channel * width + i` is that
    /// channel's of the row `i - width / 2` away, zero beyond the first and last row. Every `stride`th row.
    case unfold(Node, width: Int, stride: Int)
    /// Keeps keys and values in the cache of a layer, for another program that has it as its memory.
    case remember(keys: Node, values: Node, layer: Int)
    /// Attention of every token to all that the memory holds of a layer.
    case memoryAttention(query: Node, layer: Int, Heads, scale: Float)
    /// The weights of some heads of attentions to the memory, one after the other: `capacity` columns each.
    case memoryWeights([MemoryHead], Heads, scale: Float, capacity: Int)
    /// The rows that the caller asked for.
    case outputs(Node)

    var inputs: [Node] {
        switch self {
        case .lookUp, .angles, .input: []
        case .norm(let x, _, _, _, _), .linear(let x, _, _), .columns(let x, _), .activate(let x, _), .outputs(let x),
            .unfold(let x, _, _), .memoryAttention(let x, _, _, _):
            [x]
        case .add(let a, let b), .multiply(let a, let b), .remember(let a, let b, _): [a, b]
        case .memoryWeights(let heads, _, _, _): heads.map(\.query)
        case .rotate(let x, let angles, _, _): [x, angles]
        case .attention(let query, let source, _, _, _): [query, source.keys, source.values]
        }
    }
}
