package import Tensors

/// A buffer of a ``Program``, by its index in `Program.slots`.
package struct Value: Hashable, Sendable, BitwiseCopyable {
    package let index: Int
}

/// One matrix of a product, and what is done to its result while it is still in the cache of the core that made it.
package struct ProductTerm: Sendable, BitwiseCopyable {
    package let weights: WeightMatrix
    package let bias: WeightVector?
    /// Applied to the sum of product and bias.
    package let activation: Activation?
    /// Added to the result.
    package let residual: Value?
    /// Float32 rows, int8 blocks, or bytes in groups; where those are GELU's, the activation is part of making them.
    package let out: Value
}

/// Products of one input with one or more matrices.
package struct Product: Sendable, BitwiseCopyable {
    /// The input as float32, where some matrix is of a float format.
    package let floats: Value?
    /// The input as int8 blocks, or as bytes in groups for panels, where some matrix is quantized.
    package let quantized: Value?
    /// Which of `Program.terms`.
    package let firstTerm: Int
    package let termCount: Int
}

/// One instruction of a ``Program``. Every thread runs each, taking its part of it; all wait for one another behind it.
package enum Instruction: Sendable, BitwiseCopyable {
    /// `out = table[index]`
    case lookUp(table: WeightMatrix, by: RowIndex, out: Value)
    /// Cosines and sines of positions times `Program.frequencies[first..<first + count]`.
    case angles(first: Int, count: Int, out: Value)
    /// `out = norm(x)`, and the same quantized, whichever is wanted.
    case norm(
        Value, NormKind, weight: WeightVector, bias: WeightVector?, epsilon: Float, out: Value, quantized: Value?)
    case quantize(Value, out: Value)
    case product(Product)
    /// `activation(first term) * second term`, into the first term's `out`.
    case gatedProduct(Product, Activation)
    /// `out` may be the slot of `x`.
    case rotate(Value, angles: Value, headDimension: Int, pairing: RoPEPairing, out: Value)
    /// Appends keys and values to the cache of a layer.
    case store(keys: Value, values: Value, layer: Int)
    /// Attention to the cache of a layer.
    case attendCache(query: Value, layer: Int, Heads, Mask, scale: Float, out: Value)
    /// Attention to the step's own keys and values.
    case attendStep(query: Value, keys: Value, values: Value, Heads, Mask, scale: Float, out: Value)
    case add(Value, Value, out: Value)
    case multiply(Value, Value, out: Value)
    case activate(Value, Activation, out: Value)
    case outputs(Value, out: Value)
    /// The caller has filled it.
    case input(out: Value)
    case unfold(Value, width: Int, stride: Int, out: Value)
    /// Attention of every row to all that the memory holds of a layer.
    case attendMemory(query: Value, layer: Int, Heads, scale: Float, out: Value)
    /// The weights of one head, from a column of `out` on.
    case memoryWeights(query: Value, layer: Int, head: Int, Heads, scale: Float, out: Value, column: Int)
    /// Where a step may be cancelled.
    case checkpoint
}

/// What a slot holds.
package enum Storage: Sendable, BitwiseCopyable {
    case float32
    /// int8 quants with a scale and a sum for each block of 32.
    case int8Blocks
    /// Bytes with a scale and a least value for each group of 128.
    case byteGroups
    /// GELU's values likewise, in groups of 256.
    case geluGroups

    /// Columns that share a scale in bytes of groups.
    package var group: Int { self == .geluGroups ? GroupedRows.geluGroup : GroupedRows.group }
}

/// How products read quantized weights.
package enum WeightLayout: Sendable, BitwiseCopyable {
    /// As the file has them.
    case blocks
    /// Packed into panels, a copy that takes a byte a weight: for programs whose steps are whole texts.
    case panels
}

/// Where a value lies: `offset * rows` bytes into the arena of its extent, so one placement serves any number of rows.
package struct Slot: Sendable, BitwiseCopyable {
    package let extent: Extent
    package let storage: Storage
    /// Bytes for each row of the extent.
    package var offset: Int
    package let columns: Int
    /// Floats between rows; for a view, those of the value that it looks into.
    package let stride: Int
    /// The first column of a view.
    package let firstColumn: Int
}

/// What a cache keeps for one layer, in elements a position.
package struct CacheLayer: Hashable, Sendable {
    package let keyColumns: Int
    package let valueColumns: Int

    package init(keyColumns: Int, valueColumns: Int) {
        self.keyColumns = keyColumns
        self.valueColumns = valueColumns
    }
}

/// A compiled graph: instructions in order, every buffer placed.
package struct Program: Sendable {
    package let instructions: [Instruction]
    /// For each instruction, what it works on, for people.
    package let labels: [String]
    package let terms: [ProductTerm]
    package let frequencies: [Double]
    package let slots: [Slot]
    /// Bytes for each row, by `Extent.rawValue`.
    package let arenaRowBytes: [Int]
    package let cacheLayers: [CacheLayer]
    package let output: Value
    package let weightLayout: WeightLayout

    /// What the caller fills in before a step; nil where a step reads tokens alone.
    package var input: Value? {
        for case .input(let value) in instructions { return value }
        return nil
    }

    /// Segments that every table which is looked up by segment has a row for; one where there is no such table.
    package var segmentCount: Int {
        let tables = instructions.compactMap { instruction in
            if case .lookUp(let table, .segments, _) = instruction { table.rows } else { nil }
        }
        return min(tables.min() ?? 1, 2)
    }
}
