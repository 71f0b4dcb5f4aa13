import Look

/// NumPy arrays in a ZIP file without compression, as `numpy.savez` writes them.
struct NPZFile {
    private var entries: [(name: String, offset: Int, size: Int, checksum: UInt32)] = []
    private let file: OutputFile
    private var offset = 0

    /// - Throws: `Failure` when the file cannot be created.
    init(path: String) throws(Failure) { file = try OutputFile(path: path) }

    /// - Parameter type: NumPy's, `<f4` or `<i4`: four bytes an element.
    mutating func append(
        _ name: String, shape: [Int], type: String = "<f4", _ words: some Sequence<UInt32>
    ) throws(Failure) {
        let sizes = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
        var header = "{'descr': '\(type)', 'fortran_order': False, 'shape': (\(sizes)), }"
        header += String(repeating: " ", count: (64 - (10 + header.utf8.count + 1) % 64) % 64) + "\n"
        var content: [UInt8] = [0x93] + Array("NUMPY".utf8) + [1, 0] + Self.little(UInt64(header.utf8.count), 2)
        content += Array(header.utf8)
        for word in words { content += Self.little(UInt64(word), 4) }
        guard content.count < Int(UInt32.max), offset + content.count < Int(UInt32.max) else {
            throw .message(
                "an NPZ file takes 4 GB: keep fewer layers, heads or tokens with --layers, --heads, --tokens")
        }
        let checksum = CRC32.checksum(content)
        entries.append((name + ".npy", offset, content.count, checksum))
        try write(
            [0x50, 0x4B, 3, 4, 20, 0] + Self.facts(checksum, content.count, name + ".npy") + Self.little(0, 2)
                + Array((name + ".npy").utf8))
        try write(content)
    }

    mutating func finish() throws(Failure) {
        let start = offset
        for entry in entries {
            try write(
                [0x50, 0x4B, 1, 2, 20, 0, 20, 0] + Self.facts(entry.checksum, entry.size, entry.name)
                    + [UInt8](repeating: 0, count: 12) + Self.little(UInt64(entry.offset), 4) + Array(entry.name.utf8))
        }
        let size = offset - start
        try write(
            [0x50, 0x4B, 5, 6, 0, 0, 0, 0] + Self.little(UInt64(entries.count), 2)
                + Self.little(UInt64(entries.count), 2)
                + Self.little(UInt64(size), 4) + Self.little(UInt64(start), 4) + [0, 0])
        try file.finish()
    }

    /// Flags, method, time, date (1980-01-01), checksum, sizes and the name's length.
    private static func facts(_ checksum: UInt32, _ size: Int, _ name: String) -> [UInt8] {
        [0, 0, 0, 0, 0, 0, 0x21, 0] + little(UInt64(checksum), 4) + little(UInt64(size), 4) + little(UInt64(size), 4)
            + little(UInt64(name.utf8.count), 2)
    }

    private static func little(_ value: UInt64, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) }
    }

    private mutating func write(_ bytes: [UInt8]) throws(Failure) {
        try file.write(bytes)
        offset += bytes.count
    }
}
