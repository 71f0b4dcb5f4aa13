package import Graph
package import Tensors

/// Keys and values of every position of some sequences, for each layer: `[sequences, capacity, columns]`.
///
/// Its memory comes from the system as positions fill, so a long capacity costs nothing until it is used.
package struct KVCache: ~Copyable {
    package let sequences: Int
    /// Positions of one sequence.
    package let capacity: Int
    package let format: CacheFormat
    private let arena: Arena
    private let layers: FixedBuffer<Layer>
    private var lengths: [Int]

    struct Layer: BitwiseCopyable {
        let keyOffset: Int
        let valueOffset: Int
        let keyColumns: Int
        let valueColumns: Int
    }

    /// - Throws: ``InterpreterError/tooLarge(_:)`` or `tensors(.outOfMemory)`.
    package init(
        layers: [CacheLayer], sequences: Int, capacity: Int, format: CacheFormat
    ) throws(InterpreterError) {
        let (positions, overflow) = sequences.multipliedReportingOverflow(by: capacity)
        guard sequences > 0, capacity > 0, !overflow, positions < Int(Int32.max) else {
            throw .tooLarge("a cache of \(sequences) x \(capacity) positions")
        }
        var offset = 0
        var placed: [Layer] = []
        func advance(_ columns: Int) throws(InterpreterError) -> Int {
            let start = offset
            let (bytes, overflow1) = positions.multipliedReportingOverflow(by: format.bytes(columns: columns))
            let (end, overflow2) = offset.addingReportingOverflow(bytes)
            guard !overflow1, !overflow2, end < Int.max - 63 else {
                throw .tooLarge("a context of \(capacity) positions")
            }
            offset = (end + 63) / 64 * 64
            return start
        }
        for layer in layers {
            let keys = try advance(layer.keyColumns)
            let values = try advance(layer.valueColumns)
            placed.append(
                Layer(
                    keyOffset: keys, valueOffset: values, keyColumns: layer.keyColumns,
                    valueColumns: layer.valueColumns))
        }
        do throws(TensorError) {
            arena = try Arena(byteCount: offset)
        } catch {
            throw .tensors(error)
        }
        self.layers = FixedBuffer(placed)
        self.sequences = sequences
        self.capacity = capacity
        self.format = format
        lengths = [Int](repeating: 0, count: sequences)
    }

    /// Bytes that it takes when all positions are filled.
    package var byteCount: Int { arena.byteCount }

    /// Positions that `sequence` has filled.
    package func length(of sequence: Int) -> Int { lengths[sequence] }

    /// Forgets the positions from `length` on.
    package mutating func truncate(_ sequence: Int, to length: Int) {
        lengths[sequence] = min(lengths[sequence], max(0, length))
    }

    /// The keys and the values of every layer, in turn.
    package var partCount: Int { 2 * layers.view.count }

    package func byteCount(part: Int, positions: Int) -> Int {
        positions * rows(part: part, sequence: 0).stride
    }

    /// What a sequence holds for its first positions.
    @_lifetime(borrow self)
    package func bytes(part: Int, sequence: Int, positions: Int) -> RawSpan {
        let rows = rows(part: part, sequence: sequence)
        return unsafe _overrideLifetime(rows.bytes(first: positions), borrowing: self)
    }

    /// Fills a sequence's first positions; returns false, and does nothing, if the number of bytes is another.
    mutating func restore(part: Int, sequence: Int, positions: Int, from bytes: RawSpan) -> Bool {
        rows(part: part, sequence: sequence).fill(first: positions, from: bytes)
    }

    private func rows(part: Int, sequence: Int) -> KeyValueRows {
        part % 2 == 0
            ? view.keys(layer: part / 2, sequence: sequence) : view.values(layer: part / 2, sequence: sequence)
    }

    /// Takes what is there for the first positions as valid.
    mutating func setLength(of sequence: Int, to length: Int) { lengths[sequence] = length }

    /// Makes a sequence what another is.
    mutating func copy(_ source: Int, to target: Int) {
        let length = lengths[source]
        for part in 0..<partCount {
            let filled = rows(part: part, sequence: source).bytes(first: length)
            _ = rows(part: part, sequence: target).fill(first: length, from: filled)
        }
        lengths[target] = length
    }

    mutating func advance(_ sequence: Int, by count: Int) { lengths[sequence] += count }

    var view: View { View(arena: arena.view, layers: layers.view, capacity: capacity, format: format) }

    /// What a step sees of the cache.
    struct View: BitwiseCopyable {
        let arena: ArenaView
        let layers: FixedView<Layer>
        let capacity: Int
        let format: CacheFormat

        /// `[capacity, keyColumns]` of one sequence.
        func keys(layer: Int, sequence: Int) -> KeyValueRows {
            let place = layers[layer]
            return rows(at: place.keyOffset, columns: place.keyColumns, sequence: sequence)
        }

        /// `[capacity, valueColumns]` of one sequence.
        func values(layer: Int, sequence: Int) -> KeyValueRows {
            let place = layers[layer]
            return rows(at: place.valueOffset, columns: place.valueColumns, sequence: sequence)
        }

        private func rows(at offset: Int, columns: Int, sequence: Int) -> KeyValueRows {
            arena.keyValues(
                at: offset + sequence * capacity * format.bytes(columns: columns), rows: capacity, columns: columns,
                format: format)
        }
    }
}
