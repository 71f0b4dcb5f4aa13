internal import Graph
internal import Tensors

/// Keys and queries of the relative positions of a disentangled bias, `[2 * span, heads * dimension]`, the last row of the
/// weights first: computed once, as they depend on weights alone.
final class OwnedPositions: Sendable {
    let tables: PositionTables
    private let arena: Arena

    /// Weight rows that a thread unpacks at a time.
    private static let chunk = 64

    /// - Throws: ``InterpreterError/tooLarge(_:)`` or `tensors(.outOfMemory)`.
    init(
        _ bias: DisentangledBias, _ kernels: Kernels, _ pool: borrowing ThreadPool
    ) throws(InterpreterError) {
        let matrix = bias.positions.matrix
        let (rows, columns) = (matrix.rows, matrix.columns)
        let normed = try Interpreter.arena(columns * 4, rows)
        let x = normed.view.floats(at: 0, rows: rows, columns: columns, stride: columns)
        for row in 0..<rows {
            kernels.unpack(matrix, row: rows - 1 - row, to: x, row: row)
            guard let norm = bias.norm else { continue }
            kernels.norm(
                .layer, x, size: columns, weight: norm.weight.vector, bias: norm.bias?.vector, epsilon: norm.epsilon,
                row: row, out: x)
        }
        let projections = [bias.keys, bias.queries].compactMap(\.self)
        let arena = try Interpreter.arena(rows * 4, projections.reduce(0) { $0 + $1.weights.matrix.rows })
        let scratchBytes =
            (Self.chunk * columns * 4 + kernels.productScratchBytes(columns: columns) + 63) / 64 * 64 + 64
        let scratch = try Interpreter.arena(scratchBytes, pool.count)
        var offset = 0
        var tables: [FloatRows?] = []
        for projection in [bias.keys, bias.queries] {
            guard let projection else {
                tables.append(nil)
                continue
            }
            let width = projection.weights.matrix.rows
            let out = arena.view.floats(at: offset, rows: rows, columns: width, stride: width)
            offset += rows * width * 4
            tables.append(out)
            let view = scratch.view
            pool.run { thread, threads in
                for first in stride(from: thread * Self.chunk, to: width, by: threads * Self.chunk) {
                    Self.project(
                        x, projection, first..<min(first + Self.chunk, width), kernels, out: out,
                        view.slice(at: thread * scratchBytes, bytes: scratchBytes))
                }
            }
        }
        self.tables = PositionTables(keys: tables[0], queries: tables[1])
        self.arena = arena
    }

    /// Columns `range` of all rows.
    private static func project(
        _ x: FloatRows, _ projection: DisentangledBias.Projection, _ range: Range<Int>, _ kernels: Kernels,
        out: FloatRows, _ memory: ArenaView
    ) {
        let matrix = projection.weights.matrix
        let unpacked = memory.floats(at: 0, rows: range.count, columns: matrix.columns, stride: matrix.columns)
        for (row, source) in range.enumerated() { kernels.unpack(matrix, row: source, to: unpacked, row: row) }
        let bytes = (chunk * matrix.columns * 4 + 63) / 64 * 64
        let columns = out.columns(range)
        guard
            let weights = try? memory.weights(at: 0, format: .f32, rows: range.count, columns: matrix.columns)
        else { return }
        kernels.product(
            weights, rows: 0..<range.count, Activations(floats: x, quantized: nil), out: columns,
            scratch: memory.scratch(at: bytes, bytes: memory.byteCount - bytes))
        guard let bias = projection.bias?.vector else { return }
        for row in 0..<columns.rows {
            for (column, element) in range.enumerated() { columns[row, column] += bias[element] }
        }
    }
}
