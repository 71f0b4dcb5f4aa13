package import GGUF

/// Both forms of llama.cpp's files.
///
/// GGUF: `general.type` is `imatrix`; `imatrix.datasets`, `imatrix.chunk_count` and `imatrix.chunk_size`; for each weight NAME
/// the float32 tensors `NAME.in_sum2`, `[columns, matrices]`, and `NAME.counts`, `[1, matrices]` (dimensions fastest first).
/// Before that, little-endian: int32 entries; of each int32 length and name, int32 chunks, int32 values, and the values, float32,
/// which are the means times the chunks; then int32 chunks, int32 length and the text's name.
///
/// Source: llama.cpp's `tools/imatrix/imatrix.cpp`.
extension ImportanceSums {
    private static let sumsSuffix = ".in_sum2", countsSuffix = ".counts"
    /// `GGUF`
    private static let magic: UInt32 = 0x4655_4747
    /// Tokens of a chunk where the file does not say: llama-imatrix's default.
    private static let usualChunk = 512

    /// Reads a file of either form.
    ///
    /// - Throws: ``ImportanceError`` for anything else, for sums that are negative, infinite or NaN, and for a matrix without
    ///   rows.
    package init(path: String) throws(ImportanceError) {
        let found: Result<ImportanceSums, ImportanceError>
        do throws(GGUFError) {
            found = try Self.read(path)
        } catch {
            throw .file("\(error)")
        }
        self = try found.get()
        try check(path)
    }

    private static func read(_ path: String) throws(GGUFError) -> Result<ImportanceSums, ImportanceError> {
        let file = try MappedFile(path: path, isReplaceable: true)
        if file.bytes.byteCount >= 4, file.bytes.load(0, as: UInt32.self) == magic {
            return try read(GGUFFile(path: path, isReplaceable: true))
        }
        return read(legacy: unsafe file.bytes.withUnsafeBytes { unsafe [UInt8]($0) }, path: path)
    }

    private func check(_ path: String) throws(ImportanceError) {
        for (name, entry) in entries.sorted(by: { $0.key < $1.key }) {
            if let wrong = (entry.sums + entry.counts).first(where: { !($0 >= 0 && $0.isFinite) }) {
                throw .value(wrong, name: name, path: path)
            }
            guard entry.counts.contains(where: { $0 > 0 }) else { throw .empty(name: name, path: path) }
        }
    }

    // MARK: GGUF

    private static func read(_ file: GGUFFile) throws(GGUFError) -> Result<ImportanceSums, ImportanceError> {
        let metadata = file.metadata
        func damaged(_ what: String) -> Result<ImportanceSums, ImportanceError> {
            .failure(.damaged(path: file.path, what))
        }
        let type = try metadata.string("general.type", default: "model")
        guard type == "imatrix" else { return damaged("its general.type is \(type.debugDescription)") }
        let size = try metadata.int("imatrix.chunk_size", default: usualChunk)
        let count = try metadata.int("imatrix.chunk_count", default: 0)
        guard size >= 1, count >= 0 else { return damaged("it says \(count) chunks of \(size) tokens") }
        var matrix = ImportanceSums(chunkSize: size)
        matrix.chunkCount = count
        if metadata.contains("imatrix.datasets") { matrix.datasets = try metadata.strings("imatrix.datasets") }
        for tensor in file.tensors where tensor.name.hasSuffix(sumsSuffix) {
            let name = String(tensor.name.dropLast(sumsSuffix.count))
            guard let counts = file.tensor(named: name + countsSuffix), tensor.type == .F32, counts.type == .F32,
                tensor.elementCount % counts.elementCount == 0
            else { return damaged("\(name.debugDescription) has sums without as many counts, in float32") }
            matrix.entries[name] = Entry(
                sums: floats(file.bytes(of: tensor)), counts: floats(file.bytes(of: counts)))
        }
        guard !matrix.entries.isEmpty else { return damaged("it has no sums") }
        return .success(matrix)
    }

    private static func floats(_ bytes: RawSpan) -> [Float] {
        (0..<bytes.byteCount / 4).map { Float(bitPattern: bytes.load(4 * $0, as: UInt32.self)) }
    }

    /// Writes the form of GGUF; the file appears when it is complete.
    package func write(to path: String) throws(GGUFError) {
        var contents = GGUFContents()
        contents.set("general.type", "imatrix")
        contents.set("imatrix.datasets", datasets)
        contents.set("imatrix.chunk_count", UInt32(clamping: chunkCount))
        contents.set("imatrix.chunk_size", UInt32(clamping: chunkSize))
        let names = entries.keys.sorted()
        for name in names {
            guard let entry = entries[name] else { continue }
            let matrices = entry.counts.count
            contents.addTensor(
                name + Self.sumsSuffix, type: .F32, dimensions: [entry.sums.count / max(1, matrices), matrices])
            contents.addTensor(name + Self.countsSuffix, type: .F32, dimensions: [1, matrices])
        }
        var writer = try GGUFWriter(path: path, contents: contents)
        for name in names {
            guard let entry = entries[name] else { continue }
            try writer.append(unsafe entry.sums.span.bytes, to: name + Self.sumsSuffix)
            try writer.append(unsafe entry.counts.span.bytes, to: name + Self.countsSuffix)
        }
        try writer.finish()
    }

    // MARK: The form before

    private static func read(legacy bytes: [UInt8], path: String) -> Result<ImportanceSums, ImportanceError> {
        var place = 0
        func number() -> Int? {
            guard bytes.count - place >= 4 else { return nil }
            defer { place += 4 }
            return Int(Int32(truncatingIfNeeded: word(bytes, place)))
        }
        func text(_ length: Int) -> String? {
            guard length >= 0, length <= bytes.count - place else { return nil }
            defer { place += length }
            return String(validating: bytes[place..<place + length], as: UTF8.self)
        }
        func damaged(_ what: String) -> Result<ImportanceSums, ImportanceError> {
            .failure(.damaged(path: path, what))
        }
        guard let entryCount = number(), entryCount >= 1, entryCount <= 1 << 20 else {
            return damaged("it is neither GGUF nor a list of matrices")
        }
        var matrix = ImportanceSums(chunkSize: usualChunk)
        let size = Float(usualChunk)
        for index in 0..<entryCount {
            guard let length = number(), length >= 1, length <= 1024, let name = text(length) else {
                return damaged("matrix \(index) has no name")
            }
            guard let chunks = number(), let count = number(), count >= 1, chunks >= 0,
                count <= (bytes.count - place) / 4
            else { return damaged("the file ends within \(name.debugDescription)") }
            let start = place
            let sums = (0..<count).map { Float(bitPattern: word(bytes, start + 4 * $0)) * size }
            place += 4 * count
            matrix.entries[name] = Entry(sums: sums, counts: [Float(chunks) * size])
        }
        if let chunks = number() { matrix.chunkCount = max(0, chunks) }
        if let length = number(), let name = text(length), !name.isEmpty { matrix.datasets = [name] }
        return .success(matrix)
    }

    /// Four bytes, the lowest first.
    private static func word(_ bytes: [UInt8], _ place: Int) -> UInt32 {
        (0..<4).reduce(0) { $0 | UInt32(bytes[place + $1]) << UInt32(8 * $1) }
    }
}
