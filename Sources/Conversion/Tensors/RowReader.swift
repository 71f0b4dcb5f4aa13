internal import GGUF
internal import Quantization
internal import Safetensors
internal import Tensors

/// Gives stretches of a planned tensor's rows as matrices: in the map where they lie right, else copied to memory of its
/// own, a few megabytes at a time.
struct RowReader: ~Copyable {
    private let tensor: PlannedTensor
    /// As the model file has it; a vector is one row.
    let rows: Int
    let columns: Int
    /// The format of stored values.
    private let format: WeightFormat
    private var arena: Arena?
    /// For values that change, or that something is added to.
    private var changedArena: Arena?
    private var bases: [LowRankBasis]?
    /// The first float64 number of the last rows that float32 cannot hold, and its place among them.
    private var tooLarge: (index: Int, value: Double)?

    init(_ tensor: PlannedTensor) {
        self.tensor = tensor
        columns = tensor.shape.last ?? 1
        rows = tensor.elementCount / max(columns, 1)
        format =
            switch tensor.elementType {
            case .F16: .f16
            case .BF16: .bf16
            default: .f32
            }
    }

    /// Rows that are read at a time.
    var windowRows: Int { max(1, (8 << 20) / max(1, columns * 4)) }

    /// The rows as a matrix that is valid until the next call, while the reader and the checkpoint live.
    mutating func matrix(_ wanted: Range<Int>) throws(ConversionError) -> WeightMatrix {
        let stored = try gathered(wanted)
        let matrix =
            tensor.change == nil && tensor.updates.isEmpty ? stored : try changed(stored, firstRow: wanted.lowerBound)
        if let (index, value) = tooLarge {
            let (row, column) = index.quotientAndRemainder(dividingBy: columns)
            throw .quantization(
                .beyondFloat32(
                    tensor: tensor.name, row: wanted.lowerBound + row, column: column, value: value,
                    path: tensor.path ?? ""))
        }
        return matrix
    }

    private mutating func gathered(_ wanted: Range<Int>) throws(ConversionError) -> WeightMatrix {
        do throws(Tensors.TensorError) {
            switch tensor.source {
            case .values(let values):
                return try copy(values[wanted.lowerBound * columns..<wanted.upperBound * columns], rows: wanted.count)
            case .joined(let entries): return try join(wanted, entries)
            case .packed(let packed): return try pack(wanted, packed)
            case .stored(let entry, let order):
                let bytes = entry.file.bytes(of: entry.tensor)
                let size = entry.tensor.type.byteCount
                let isVector = tensor.shape.count == 1
                if entry.tensor.type != .F64, entry.tensor.bytes.lowerBound % size == 0 {
                    let first: Int? =
                        switch order {
                        case .stored: wanted.lowerBound
                        case .dropping(let count) where !isVector: wanted.lowerBound + count
                        default: nil
                        }
                    if let first {
                        let start = first * columns * size
                        let part = bytes.extracting(start..<start + wanted.count * columns * size)
                        return try WeightMatrix(bytes: part, format: format, rows: wanted.count, columns: columns)
                    }
                }
                return try gather(wanted, bytes, entry.tensor.type, order, isVector: isVector)
            }
        } catch {
            throw .quantization(.tensor(name: tensor.name, error, path: tensor.path ?? ""))
        }
    }

    private mutating func changed(_ stored: WeightMatrix, firstRow: Int) throws(ConversionError) -> WeightMatrix {
        let (rows, columns) = (stored.rows, stored.columns)
        let memory: ArenaView
        do throws(Tensors.TensorError) {
            let made = try Arena(byteCount: rows * columns * 4)
            memory = made.view
            changedArena = consume made
        } catch {
            throw .quantization(.tensor(name: tensor.name, error, path: tensor.path ?? ""))
        }
        let values = memory.floats(at: 0, rows: rows, columns: columns, stride: columns)
        for row in 0..<rows {
            Kernels.best.unpack(stored, row: row, to: values, row: row)
            tensor.change?.apply(to: values, row: row, index: firstRow + row)
        }
        if bases == nil {
            bases = try tensor.updates.map { update throws(ConversionError) in try LowRankBasis(update) }
        }
        for basis in bases ?? [] { try basis.add(to: values, firstRow: firstRow) }
        do throws(Tensors.TensorError) {
            return try memory.weights(at: 0, format: .f32, rows: rows, columns: columns)
        } catch {
            throw .quantization(.tensor(name: tensor.name, error, path: tensor.path ?? ""))
        }
    }

    /// Adds the squares of all elements to the sums of their columns.
    mutating func addSquares(to sums: inout [Double]) throws(ConversionError) {
        for start in stride(from: 0, to: rows, by: windowRows) {
            let window = try matrix(start..<min(start + windowRows, rows))
            do throws(Tensors.TensorError) {
                let row = try Arena(byteCount: columns * 4)
                let values = row.view.floats(at: 0, rows: 1, columns: columns, stride: columns)
                for index in 0..<window.rows {
                    Kernels.best.unpack(window, row: index, to: values, row: 0)
                    for column in 0..<columns { sums[column] += Double(values[0, column]) * Double(values[0, column]) }
                }
            } catch {
                throw .quantization(.tensor(name: tensor.name, error, path: tensor.path ?? ""))
            }
        }
    }

    private mutating func memory(_ byteCount: Int) throws(Tensors.TensorError) -> ArenaView {
        if let view = arena?.view, view.byteCount >= byteCount { return view }
        let made = try Arena(byteCount: byteCount)
        let view = made.view
        arena = consume made
        return view
    }

    private mutating func copy(_ values: ArraySlice<Float>, rows: Int) throws(Tensors.TensorError) -> WeightMatrix {
        let memory = try memory(values.count * 4)
        for (index, value) in values.enumerated() {
            unsafe memory.bytes.storeBytes(of: value, toByteOffset: index * 4, as: Float.self)
        }
        return try memory.weights(at: 0, format: .f32, rows: rows, columns: columns)
    }

    private mutating func gather(
        _ wanted: Range<Int>, _ bytes: RawSpan, _ type: ElementType, _ order: RowOrder, isVector: Bool
    ) throws(Tensors.TensorError) -> WeightMatrix {
        let memory = try memory(wanted.count * columns * type.byteCount)
        if case .matrices(let part) = order {
            gather(part, wanted.lowerBound * columns..<wanted.upperBound * columns, bytes, type.byteCount, memory)
            if type == .F64 { tooLarge = Self.narrow(memory, count: wanted.count * columns) }
            return try memory.weights(at: 0, format: format, rows: wanted.count, columns: columns)
        }
        // A vector's order is that of its elements.
        let rows = isVector ? columns : rows
        let width = isVector ? 1 : columns
        let wantedUnits = isVector ? 0..<columns : wanted
        let isTransposed = order == .transposed
        unsafe bytes.withUnsafeBytes { source in
            let target = unsafe memory.bytes
            let size = type.byteCount
            for (place, row) in wantedUnits.enumerated() {
                let start = place * width * size
                if case .tiledColumns(let heads) = order {
                    let run = width / heads.valueHeads * size
                    for head in 0..<heads.valueHeads {
                        let from = row * width * size + heads.storedHead(head) * run
                        unsafe Self.move(source, from, target, start + head * run, count: run)
                    }
                } else if isTransposed {
                    for column in 0..<width {
                        unsafe Self.move(
                            source, (column * rows + row) * size, target, start + column * size, count: size)
                    }
                } else {
                    let from = order.source(of: row, rows: rows) * width * size
                    unsafe Self.move(source, from, target, start, count: width * size)
                }
            }
        }
        if type == .F64 { tooLarge = Self.narrow(memory, count: wanted.count * columns) }
        return try memory.weights(at: 0, format: format, rows: wanted.count, columns: columns)
    }

    /// Elements of a part of some matrices, of `size` bytes each.
    private func gather(
        _ part: MatrixPart, _ elements: Range<Int>, _ bytes: RawSpan, _ size: Int, _ memory: ArenaView
    ) {
        let count = bytes.byteCount / size
        // Elements that follow one another are moved together.
        let run = part.isTransposed ? 1 : part.columns
        unsafe bytes.withUnsafeBytes { source in
            let target = unsafe memory.bytes
            var index = elements.lowerBound
            while index < elements.upperBound {
                let end = min(elements.upperBound, (index / run + 1) * run)
                let from = part.source(of: index, storedCount: count, storedColumns: storedColumns)
                unsafe Self.move(
                    source, from * size, target, (index - elements.lowerBound) * size, count: (end - index) * size)
                index = end
            }
        }
    }

    /// Columns of the tensor as it is stored.
    private var storedColumns: Int { tensor.entries.first?.tensor.shape.last ?? 1 }

    /// Rows of four-bit floats, whose scales lie apart, as MXFP4.
    private mutating func pack(
        _ wanted: Range<Int>, _ packed: PlannedTensor.Packed
    ) throws(Tensors.TensorError) -> WeightMatrix {
        let rowBytes = try WeightFormat.mxfp4.rowBytes(columns: columns)
        let memory = try memory(wanted.count * rowBytes)
        unsafe packed.blocks.file.bytes(of: packed.blocks.tensor).withUnsafeBytes { blocks in
            unsafe packed.scales.file.bytes(of: packed.scales.tensor).withUnsafeBytes { scales in
                let target = unsafe memory.bytes
                for (place, row) in wanted.enumerated() {
                    let (matrix, own) = row.quotientAndRemainder(dividingBy: packed.part.rows)
                    let stored = matrix * packed.storedRows + packed.part.firstRow + own * packed.part.rowStep
                    for block in 0..<columns / 32 {
                        let index = stored * (columns / 32) + block
                        let start = place * rowBytes + block * 17
                        unsafe target[start] = scales[index]
                        for pair in 0..<8 {
                            // Neighbours share a byte as they are stored; here elements 16 apart do.
                            let (low, high) = unsafe (blocks[index * 16 + pair], blocks[index * 16 + 8 + pair])
                            unsafe target[start + 1 + 2 * pair] = low & 15 | high << 4
                            unsafe target[start + 2 + 2 * pair] = low >> 4 | high & 0xF0
                        }
                    }
                }
            }
        }
        return try memory.weights(at: 0, format: .mxfp4, rows: wanted.count, columns: columns)
    }

    /// Rows of tensors that lie apart.
    private mutating func join(
        _ wanted: Range<Int>, _ entries: [Checkpoint.Entry]
    ) throws(Tensors.TensorError) -> WeightMatrix {
        let type = tensor.elementType
        let rowBytes = columns * type.byteCount
        let memory = try memory(wanted.count * rowBytes)
        let entryRows = rows / entries.count
        for (place, row) in wanted.enumerated() {
            let (index, own) = row.quotientAndRemainder(dividingBy: entryRows)
            let entry = entries[index]
            let bytes = entry.file.bytes(of: entry.tensor)
            unsafe bytes.withUnsafeBytes { source in
                unsafe Self.move(source, own * rowBytes, memory.bytes, place * rowBytes, count: rowBytes)
            }
        }
        if type == .F64 { tooLarge = Self.narrow(memory, count: wanted.count * columns) }
        return try memory.weights(at: 0, format: format, rows: wanted.count, columns: columns)
    }

    @unsafe private static func move(
        _ source: UnsafeRawBufferPointer, _ from: Int, _ target: UnsafeMutableRawBufferPointer, _ to: Int, count: Int
    ) {
        let part = unsafe UnsafeRawBufferPointer(rebasing: source[from..<from + count])
        unsafe UnsafeMutableRawBufferPointer(rebasing: target[to..<to + count]).copyMemory(from: part)
    }

    /// Float64 numbers to float32 in place: the nearest, from the front.
    ///
    /// - Returns: the first that would become infinite.
    private static func narrow(_ memory: ArenaView, count: Int) -> (index: Int, value: Double)? {
        let bytes = unsafe memory.bytes
        var tooLarge: (Int, Double)?
        for index in 0..<count {
            let value = unsafe bytes.load(fromByteOffset: index * 8, as: Double.self)
            if tooLarge == nil, value.isFinite, !Float(value).isFinite { tooLarge = (index, value) }
            unsafe bytes.storeBytes(of: Float(value), toByteOffset: index * 4, as: Float.self)
        }
        return tooLarge
    }
}
