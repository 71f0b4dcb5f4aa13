/// The tensor table while it is read: sizes are checked entry by entry, places when the whole header is known.
struct TensorTable: ~Copyable {
    private struct Entry {
        let name: String
        let type: TensorType
        let dimensions: [Int]
        let byteCount: Int
        /// From the start of the data section, as the file says.
        let offset: UInt64
    }

    private var entries: [Entry] = []
    private(set) var index: [String: Int] = [:]

    /// Reads one entry.
    mutating func append(_ cursor: inout Cursor) throws(FormatError) {
        let name = try Self.name(&cursor)
        guard index.updateValue(entries.count, forKey: name) == nil else { throw .tensor(name: name, .duplicate) }
        let dimensions = try Self.dimensions(&cursor, name)
        let id: UInt32 = try cursor.integer("the type of tensor \(name.quoted)")
        guard let type = TensorType(rawValue: id) else {
            throw .tensor(name: name, .type(UnknownTensorType(id: id)))
        }
        let offset: UInt64 = try cursor.integer("the offset of tensor \(name.quoted)")
        let byteCount: Int
        do throws(TensorError) {
            byteCount = try type.byteCount(dimensions: dimensions)
        } catch {
            throw .tensor(name: name, error)
        }
        entries.append(Entry(name: name, type: type, dimensions: dimensions, byteCount: byteCount, offset: offset))
    }

    /// Places the tensors in the file.
    ///
    /// - Throws: ``FormatError/tensor(name:_:)`` when one is misaligned, outside the file or over another.
    func resolve(headerSize: Int, fileSize: Int, alignment: Int) throws(FormatError) -> [TensorInfo] {
        let dataStart = headerSize + Alignment.padding(at: headerSize, to: alignment)
        // The padding after the header may be missing in a file that has no tensors.
        let available = max(fileSize - dataStart, 0)
        var tensors: [TensorInfo] = []
        tensors.reserveCapacity(entries.count)
        for entry in entries {
            guard entry.offset % UInt64(alignment) == 0 else {
                throw .tensor(name: entry.name, .misaligned(offset: entry.offset, alignment: alignment))
            }
            guard entry.byteCount <= available, entry.offset <= UInt64(available - entry.byteCount) else {
                throw .tensor(
                    name: entry.name,
                    .outsideFile(offset: entry.offset, byteCount: entry.byteCount, available: available))
            }
            tensors.append(
                TensorInfo(
                    name: entry.name, type: entry.type, dimensions: entry.dimensions, byteCount: entry.byteCount,
                    offset: dataStart + Int(entry.offset)))
        }
        try Self.checkOverlaps(tensors)
        return tensors
    }

    private static func name(_ cursor: inout Cursor) throws(FormatError) -> String {
        let start = cursor.offset
        let name = try cursor.text("a tensor's name")
        guard !name.isEmpty else { throw .tensor(name: name, .emptyName(offset: start)) }
        guard name.utf8.count <= Header.maximumTensorNameLength else {
            let shown = String(name.prefix(Header.maximumTensorNameLength))
            throw .tensor(name: shown, .nameTooLong(length: name.utf8.count))
        }
        return name
    }

    private static func dimensions(_ cursor: inout Cursor, _ name: String) throws(FormatError) -> [Int] {
        let rank: UInt32 = try cursor.integer("the number of dimensions of tensor \(name.quoted)")
        guard (1...4).contains(rank) else { throw .tensor(name: name, .rank(Int(rank))) }
        var dimensions: [Int] = []
        dimensions.reserveCapacity(Int(rank))
        for _ in 0..<rank {
            let size: Int64 = try cursor.integer("the dimensions of tensor \(name.quoted)")
            dimensions.append(Int(size))
        }
        return dimensions
    }

    private static func checkOverlaps(_ tensors: [TensorInfo]) throws(FormatError) {
        let ordered = tensors.sorted { $0.offset < $1.offset }
        for (tensor, next) in zip(ordered, ordered.dropFirst()) where next.offset - tensor.offset < tensor.byteCount {
            throw .tensor(name: next.name, .overlap(with: tensor.name))
        }
    }
}
