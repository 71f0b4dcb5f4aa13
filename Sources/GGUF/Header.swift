// The GGUF format, versions 2 and 3. Source: ggml's `docs/gguf.md`, `ggml/include/gguf.h`.
//
// All numbers are little-endian. A string is a uint64 length and that many bytes, without a terminator.
//
//     header     uint32 magic "GGUF", uint32 version, uint64 number of tensors, uint64 number of metadata pairs
//     metadata   pair after pair: string key, uint32 value type, value
//     tensors    entry after entry: string name, uint32 number of dimensions, uint64 per dimension (fastest first),
//                uint32 tensor type, uint64 offset from the start of the data section
//     padding    up to the next multiple of the alignment, counted from the start of the file
//     data       each tensor at a multiple of the alignment
//
// Value types: 0 uint8, 1 int8, 2 uint16, 3 int16, 4 uint32, 5 int32, 6 float32, 7 bool (one byte, 0 or 1), 8 string,
// 9 array (uint32 element type, uint64 count, elements back to back), 10 uint64, 11 int64, 12 float64.
// The alignment is the metadata value "general.alignment" (uint32), 32 when absent.

/// The part of the file before the tensors' data: checked, and indexed by byte ranges rather than copied.
struct Header: Sendable {
    let version: UInt32
    let alignment: Int
    /// In file order.
    let metadata: [MetadataEntry]
    let metadataIndex: [String: Int]
    /// In file order. Offsets count from the start of the file; every tensor is inside it.
    let tensors: [TensorInfo]
    let tensorIndex: [String: Int]

    /// The specification's limit.
    static let maximumKeyLength = 65_535
    /// llama.cpp's limit: 64 with the terminating zero.
    static let maximumTensorNameLength = 63
    // Real files have fewer than 100 keys and a few thousand tensors. The limits bound the memory that a hostile
    // file can claim by many tiny entries.
    private static let maximumKeys = 65_536
    private static let maximumTensors = 262_144
    // Fewest bytes of a pair (a key of one byte, a uint8) and of a tensor entry (a name of one byte, one dimension).
    private static let minimumPairSize = 8 + 1 + 4 + 1
    private static let minimumTensorSize = 8 + 1 + 4 + 8 + 4 + 8

    static let magic: UInt32 = 0x4655_4747

    /// That of bytes which have none.
    init() {
        version = 3
        alignment = Alignment.standard
        metadata = []
        metadataIndex = [:]
        tensors = []
        tensorIndex = [:]
    }

    /// Reads and checks everything before the tensors' data, and that the data is there.
    init(parsing bytes: RawSpan) throws(FormatError) {
        if Self.isSafetensors(bytes) { throw .safetensors }
        var cursor = Cursor(bytes)
        version = try Self.version(&cursor)
        let tensorCount = try cursor.count(
            "tensors", limit: min(Self.maximumTensors, bytes.byteCount / Self.minimumTensorSize))
        let pairCount = try cursor.count(
            "metadata pairs", limit: min(Self.maximumKeys, bytes.byteCount / Self.minimumPairSize))
        (metadata, metadataIndex) = try Self.metadata(&cursor, count: pairCount)
        alignment = try Self.alignment(metadata.first { $0.key == Alignment.key }, bytes)
        var table = TensorTable()
        for _ in 0..<tensorCount { try table.append(&cursor) }
        tensors = try table.resolve(headerSize: cursor.offset, fileSize: bytes.byteCount, alignment: alignment)
        tensorIndex = table.index
    }

    private static func version(_ cursor: inout Cursor) throws(FormatError) -> UInt32 {
        let magic: UInt32 = try cursor.integer("the magic number")
        guard magic == Self.magic else { throw .notGGUF(magic: magic) }
        let version: UInt32 = try cursor.integer("the version")
        guard version == 0 || version & 0xFFFF != 0 else { throw .bigEndian(version: version.byteSwapped) }
        guard version == 2 || version == 3 else { throw .unsupportedVersion(version) }
        return version
    }

    /// Whether the file begins with the length of a header in JSON, of less than 4 GB, and the header.
    private static func isSafetensors(_ bytes: RawSpan) -> Bool {
        bytes.byteCount > 8 && bytes.load(4, as: UInt32.self) == 0 && bytes.load(8, as: UInt8.self) == UInt8(ascii: "{")
    }

    private static func metadata(
        _ cursor: inout Cursor, count: Int
    ) throws(FormatError) -> ([MetadataEntry], [String: Int]) {
        var entries: [MetadataEntry] = []
        var index: [String: Int] = [:]
        entries.reserveCapacity(count)
        index.reserveCapacity(count)
        for position in 0..<count {
            let start = cursor.offset
            let entry = try MetadataEntry(parsing: &cursor)
            guard index.updateValue(position, forKey: entry.key) == nil else {
                throw .duplicateKey(entry.key, offset: start)
            }
            entries.append(entry)
        }
        return (entries, index)
    }

    private static func alignment(_ entry: MetadataEntry?, _ bytes: RawSpan) throws(FormatError) -> Int {
        guard let entry else { return Alignment.standard }
        guard entry.type == .uint32 else { throw .alignment(found: entry.typeDescription) }
        let value: UInt32 = bytes.load(entry.payload.lowerBound)
        guard Alignment.isValid(Int(value)) else { throw .alignment(found: "\(value)") }
        return Int(value)
    }
}

/// The rule for `general.alignment`.
enum Alignment {
    static let key = "general.alignment"
    static let standard = 32
    /// The specification asks for a multiple of 8; so every element of a tensor in a map is aligned.
    static let minimum = 8
    static let maximum = 65_536

    static func isValid(_ alignment: Int) -> Bool {
        alignment >= minimum && alignment <= maximum && alignment & (alignment - 1) == 0
    }

    /// Bytes from `offset` to the next multiple of `alignment`.
    static func padding(at offset: Int, to alignment: Int) -> Int {
        let excess = offset % alignment
        return excess == 0 ? 0 : alignment - excess
    }
}
