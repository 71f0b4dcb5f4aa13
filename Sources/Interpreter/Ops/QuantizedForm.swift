internal import Graph
internal import Tensors

/// Quantized rows in either form.
enum QuantizedForm: BitwiseCopyable {
    case blocks(QuantizedRows)
    case groups(GroupedRows)

    var rows: Int {
        switch self {
        case .blocks(let blocks): blocks.rows
        case .groups(let groups): groups.rows
        }
    }

    /// Columns that are quantized together.
    var unit: Int {
        switch self {
        case .blocks: Chunks.unit
        case .groups: GroupedRows.group
        }
    }

    /// Quantizes `x[row]` to the columns of a row of these from `firstColumn` on, a multiple of ``unit``.
    func fill(_ outRow: Int, from x: FloatRows, row: Int, firstColumn: Int = 0, _ kernels: Kernels) {
        switch self {
        case .blocks(let blocks): kernels.quantize(x, row: row, to: blocks, row: outRow, from: firstColumn)
        case .groups(let groups): kernels.quantize(x, row: row, to: groups, row: outRow, from: firstColumn)
        }
    }
}

extension Step {
    /// The rows of a value that is not float32.
    func quantizedRows(_ value: Value) -> QuantizedForm {
        switch slots[value.index].storage {
        case .byteGroups: .groups(grouped(value))
        default: .blocks(quantized(value))
        }
    }
}
