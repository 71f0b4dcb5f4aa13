internal import Graph
internal import Tensors

/// The score biases of a program as rows by head and distance, computed once.
struct BiasTables: ~Copyable {
    let rows: FixedBuffer<BiasRows>
    private let arena: Arena

    /// - Parameter capacity: max positions of a sequence.
    /// - Throws: ``InterpreterError/tooLarge(_:)`` or `tensors(.outOfMemory)`.
    init(_ program: Program, _ kernels: Kernels, capacity: Int) throws(InterpreterError) {
        var places: [(offset: Int, back: Int, ahead: Int)] = []
        var size = 0
        for bias in program.biases {
            let (back, ahead) = (min(bias.mask.back ?? .max, capacity - 1), min(bias.mask.ahead ?? .max, capacity - 1))
            places.append((size, back, ahead))
            let (bytes, overflow) = (4 * bias.heads).multipliedReportingOverflow(
                by: BiasRows.columns(back: back, ahead: ahead))
            let (end, overflowEnd) = size.addingReportingOverflow(bytes)
            guard !overflow, !overflowEnd else { throw .tooLarge("a score bias for \(capacity) positions") }
            size = end
        }
        let arena = try Interpreter.arena(size, 1)
        var tables: [BiasRows] = []
        for (bias, place) in zip(program.biases, places) {
            let columns = BiasRows.columns(back: place.back, ahead: place.ahead)
            let floats = arena.view.floats(at: place.offset, rows: bias.heads, columns: columns, stride: columns)
            let rows = BiasRows(floats, back: place.back, ahead: place.ahead)
            try rows.fill(bias, kernels, distances: -place.back...place.ahead)
            tables.append(rows)
        }
        rows = FixedBuffer(tables)
        self.arena = arena
    }
}

extension BiasRows {
    fileprivate func fill(
        _ bias: HeadBias, _ kernels: Kernels, distances: ClosedRange<Int>
    ) throws(InterpreterError) {
        switch bias.bias {
        case .alibi(let maxBias):
            for head in 0..<bias.heads {
                let slope = ScoreBias.slope(maxBias: maxBias, head: head, of: bias.heads)
                for distance in distances { self[head, distance] = -slope * Float(abs(distance)) }
            }
        case .relative(let named, let bidirectional, let maxDistance):
            let matrix = named.matrix
            let unpacked = try Interpreter.arena(matrix.columns * 4, matrix.rows)
            let values = unpacked.view.floats(
                at: 0, rows: matrix.rows, columns: matrix.columns, stride: matrix.columns)
            for bucket in 0..<matrix.rows { kernels.unpack(matrix, row: bucket, to: values, row: bucket) }
            for distance in distances {
                let bucket = ScoreBias.bucket(
                    distance, of: matrix.rows, bidirectional: bidirectional, maxDistance: maxDistance)
                for head in 0..<bias.heads { self[head, distance] = values[bucket, head] }
            }
        }
    }
}
