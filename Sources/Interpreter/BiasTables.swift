internal import Graph
internal import Tensors

/// A score bias as attention reads it.
enum BiasTable: BitwiseCopyable {
    /// By head and distance.
    case distances(BiasRows)
    /// By what tokens and positions say of each other.
    case positions(PositionTables, PositionRows)
}

/// The score biases of a program, computed once.
struct BiasTables: ~Copyable {
    let tables: FixedBuffer<BiasTable>
    private let arena: Arena
    /// Keeps the keys and queries of positions.
    private let positions: [OwnedPositions?]

    /// Where a bias lies in the arena, and the distances that it is for.
    private struct Place {
        var offset = 0
        var back = 0
        var ahead = 0
    }

    /// - Parameters:
    ///   - store: has the keys and queries of positions, which several interpreters share.
    ///   - capacity: max positions of a sequence.
    /// - Throws: ``InterpreterError/tooLarge(_:)`` or `tensors(.outOfMemory)`.
    init(
        _ program: Program, _ kernels: Kernels, _ store: PackedWeightsStore, _ pool: borrowing ThreadPool, capacity: Int
    ) throws(InterpreterError) {
        var places: [Place] = []
        var size = 0
        for bias in program.biases {
            let place = Place(
                offset: size, back: min(bias.mask.back ?? .max, capacity - 1),
                ahead: min(bias.mask.ahead ?? .max, capacity - 1))
            places.append(place)
            var rows = 4 * bias.heads
            var columns = BiasRows.columns(back: place.back, ahead: place.ahead)
            if case .disentangled = bias.bias { (rows, columns) = (4, PositionRows.count(reach: capacity - 1)) }
            let (bytes, overflow) = rows.multipliedReportingOverflow(by: columns)
            let (end, overflowEnd) = size.addingReportingOverflow(bytes)
            guard !overflow, !overflowEnd else { throw .tooLarge("a score bias for \(capacity) positions") }
            size = end
        }
        let arena = try Interpreter.arena(size, 1)
        var tables: [BiasTable] = []
        var positions: [OwnedPositions?] = []
        for (bias, place) in zip(program.biases, places) {
            if case .disentangled(let disentangled) = bias.bias {
                let own = try store.positions(of: disentangled, kernels, pool)
                let rows = PositionRows(
                    arena.view.indices(at: place.offset, count: PositionRows.count(reach: capacity - 1)),
                    reach: capacity - 1)
                // Rows are kept the other way round, so that they ascend from key to key.
                let last = disentangled.positions.matrix.rows - 1
                for distance in -rows.reach...rows.reach { rows[distance] = last - disentangled.row(-distance) }
                tables.append(.positions(own.tables, rows))
                positions.append(own)
                continue
            }
            let columns = BiasRows.columns(back: place.back, ahead: place.ahead)
            let floats = arena.view.floats(at: place.offset, rows: bias.heads, columns: columns, stride: columns)
            let rows = BiasRows(floats, back: place.back, ahead: place.ahead)
            try rows.fill(bias, kernels, distances: -place.back...place.ahead)
            tables.append(.distances(rows))
        }
        self.tables = FixedBuffer(tables)
        self.arena = arena
        self.positions = positions
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
        case .disentangled: break  // has tables of its own
        }
    }
}
