internal import Graph
internal import Tensors

/// Quantized rows in either form.
enum QuantizedForm: BitwiseCopyable {
    case blocks(QuantizedRows)
    case groups(GroupedRows)
    /// Values go through GELU first.
    case gelu(GroupedRows)

    var rows: Int {
        switch self {
        case .blocks(let blocks): blocks.rows
        case .groups(let groups), .gelu(let groups): groups.rows
        }
    }

    /// Columns that are quantized together.
    var unit: Int {
        switch self {
        case .blocks: Chunks.unit
        case .groups(let groups), .gelu(let groups): groups.group
        }
    }

    /// Whether an activation is part of quantizing.
    var activates: Bool {
        if case .gelu = self { true } else { false }
    }

    /// Rows that are best quantized together, while they are in the L1 cache.
    static let rowsTogether = 8

    /// Quantizes the rows `rows` of `x` to those of these from `outRow` on, and there to the columns from `firstColumn` on,
    /// a multiple of ``unit``.
    func fill(_ outRow: Int, from x: FloatRows, rows: Range<Int>, firstColumn: Int = 0, _ kernels: Kernels) {
        switch self {
        case .blocks(let blocks):
            let shift = outRow - rows.lowerBound
            for row in rows { kernels.quantize(x, row: row, to: blocks, row: row + shift, from: firstColumn) }
        case .groups(let groups): kernels.quantize(x, rows: rows, to: groups, row: outRow, from: firstColumn)
        case .gelu(let groups): kernels.quantizeGELU(x, rows: rows, to: groups, row: outRow, from: firstColumn)
        }
    }

    /// Quantizes `x[row]`.
    func fill(_ outRow: Int, from x: FloatRows, row: Int, firstColumn: Int = 0, _ kernels: Kernels) {
        fill(outRow, from: x, rows: row..<row + 1, firstColumn: firstColumn, kernels)
    }
}

/// A range in runs of at most some numbers each.
struct Runs: Sequence, IteratorProtocol {
    private var rest: Range<Int>
    private let count: Int

    init(_ range: Range<Int>, of count: Int) {
        rest = range
        self.count = count
    }

    mutating func next() -> Range<Int>? {
        guard !rest.isEmpty else { return nil }
        let run = rest.lowerBound..<Swift.min(rest.lowerBound + count, rest.upperBound)
        rest = run.upperBound..<rest.upperBound
        return run
    }
}

extension Step {
    /// The rows of a value that is not float32.
    func quantizedRows(_ value: Node) -> QuantizedForm {
        switch buffers[value.index].storage {
        case .byteGroups: .groups(grouped(value))
        case .geluGroups: .gelu(grouped(value))
        default: .blocks(quantized(value))
        }
    }
}
