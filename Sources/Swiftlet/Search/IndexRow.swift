internal import Tensors

/// One row of an index while it is written: the vector, its codes, and what these stand for.
final class IndexRow {
    private var unit: UnitVector
    private let arena: Arena
    private let floats: FloatRows
    private let decoded: FloatRows
    private let packed: KeyValueRows
    private let matrix: WeightMatrix
    private let kernels: Kernels

    init(dimensions: Int) throws(SwiftletError) {
        kernels = try InstructionSets.kernels(nil)
        unit = UnitVector(columns: dimensions)
        let columns = IndexFormat.paddedColumns(dimensions)
        let size = columns * 4
        do throws(TensorError) {
            arena = try Arena(byteCount: 2 * size + (try WeightFormat.q8_0.rowBytes(columns: columns)))
            let view = arena.view
            floats = view.floats(at: 0, rows: 1, columns: columns, stride: columns)
            decoded = view.floats(at: size, rows: 1, columns: columns, stride: columns)
            packed = view.keyValues(at: 2 * size, rows: 1, columns: columns, format: .q8_0)
            matrix = try view.weights(at: 2 * size, format: .q8_0, rows: 1, columns: columns)
        } catch {
            throw SwiftletError(error)
        }
    }

    /// Takes in a vector of `dimensions`.
    ///
    /// - Returns: the index of an element that is infinite or NaN; the row is void then.
    func set(_ vector: Span<Float>) -> Int? {
        if let index = unit.set(vector) { return index }
        floats.fill(row: 0, from: unit.elements.span)
        kernels.store(floats, row: 0, to: packed, position: 0)
        kernels.unpack(matrix, row: 0, to: decoded, row: 0)
        return nil
    }

    /// The vector, of length 1.
    var vector: RawSpan {
        @_lifetime(borrow self) get { unsafe _overrideLifetime(unit.elements.span.bytes, borrowing: self) }
    }

    /// Blocks of Q8_0.
    var codes: RawSpan {
        @_lifetime(borrow self) get {
            let count = packed.format.bytes(columns: packed.columns)
            return unsafe _overrideLifetime(
                arena.view.span(at: 2 * floats.columns * 4, bytes: count), borrowing: self)
        }
    }

    /// The length of the difference between the vector and what the codes stand for, rounded up.
    var error: Float {
        let elements = unit.elements
        let squares = decoded.withRow(0) { decoded in
            elements.indices.reduce(0.0) { sum, index in
                let difference = Double(elements[index]) - Double(decoded[index])
                return sum + difference * difference
            }
        }
        return Float(squares.squareRoot()).nextUp
    }
}
