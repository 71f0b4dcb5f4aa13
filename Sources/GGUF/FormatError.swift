/// A rule of the GGUF format that a file breaks. Offsets are bytes from the start of the (decompressed) file.
package enum FormatError: Error, Equatable, CustomStringConvertible {
    /// The file ends inside `what`.
    case truncated(what: String, offset: Int, needed: UInt64, available: Int)
    case notGGUF(magic: UInt32)
    /// Begins as safetensors files do.
    case safetensors
    /// A big-endian file: the magic is the same, the version is byte-swapped.
    case bigEndian(version: UInt32)
    case unsupportedVersion(UInt32)
    /// A count that the rest of the file cannot hold, or that passes the reader's limit.
    case excessiveCount(what: String, offset: Int, count: UInt64, limit: Int)
    case emptyKey(offset: Int)
    case keyTooLong(offset: Int, length: Int)
    case invalidUTF8(what: String, offset: Int)
    case duplicateKey(String, offset: Int)
    case unknownValueType(UInt32, key: String, offset: Int)
    case nestedArray(key: String, offset: Int)
    case invalidBool(UInt8, key: String, offset: Int)
    case alignment(found: String)
    /// A number that no model can have.
    case number(what: String, offset: Int, found: Int, expected: ClosedRange<Int>)
    /// A tensor that the model has no place for.
    case unknownTensor(String)
    case tensor(name: String, TensorError)

    /// Where in the file.
    var offset: Int? {
        switch self {
        case .notGGUF, .safetensors: 0
        case .bigEndian, .unsupportedVersion: 4
        case .truncated(_, let offset, _, _), .excessiveCount(_, let offset, _, _), .emptyKey(let offset),
            .keyTooLong(let offset, _), .invalidUTF8(_, let offset), .duplicateKey(_, let offset),
            .unknownValueType(_, _, let offset), .nestedArray(_, let offset), .invalidBool(_, _, let offset),
            .number(_, let offset, _, _):
            offset
        case .alignment, .unknownTensor, .tensor: nil
        }
    }

    package var description: String {
        switch self {
        case .truncated(let what, let offset, let needed, let available):
            "truncated at offset \(offset): \(what) needs \(needed) bytes, \(available) remain; the file is incomplete or "
                + "damaged"
        case .notGGUF(let magic):
            if let found = Self.otherFormats.first(where: { $0.beginnings.contains(magic) })?.found {
                "not a GGUF file but \(found)"
            } else {
                "not a GGUF file: starts with 0x\(String(magic, radix: 16)), expected 0x46554747 (\"GGUF\")"
            }
        case .safetensors:
            "not a GGUF file but safetensors; swiftlet convert makes a GGUF file of the folder that it is in"
        case .bigEndian(let version):
            "a big-endian GGUF file (version \(version) byte-swapped); convert it with gguf-convert-endian"
        case .unsupportedVersion(let version):
            "GGUF version \(version) is not supported, expected 2 or 3"
                + (version == 1 ? "; convert the model again" : "")
        case .excessiveCount(let what, let offset, let count, let limit):
            "\(count) \(what) at offset \(offset), at most \(limit) are possible; the file is incomplete or damaged"
        case .emptyKey(let offset): "empty metadata key at offset \(offset)"
        case .keyTooLong(let offset, let length):
            "metadata key of \(length) bytes at offset \(offset), at most \(Header.maximumKeyLength) are allowed"
        case .invalidUTF8(let what, let offset): "\(what) at offset \(offset) is not valid UTF-8"
        case .duplicateKey(let key, let offset): "metadata key \(key.quoted) occurs again at offset \(offset)"
        case .unknownValueType(let id, let key, let offset):
            "the key \(key.quoted) has the unknown value type \(id) at offset \(offset), expected 0 to 12"
        case .nestedArray(let key, let offset):
            "the key \(key.quoted) holds an array of arrays at offset \(offset), which is not supported"
        case .invalidBool(let value, let key, let offset):
            "the key \(key.quoted) holds a bool of value \(value) at offset \(offset), expected 0 or 1"
        case .alignment(let found):
            "general.alignment must be a uint32 power of two from \(Alignment.minimum) to \(Alignment.maximum), "
                + "found \(found)"
        case .number(let what, let offset, let found, let expected):
            "\(what) at offset \(offset) is \(found), expected \(expected.lowerBound) to \(expected.upperBound)"
        case .unknownTensor(let name): "the model has no place for a tensor \(name.quoted)"
        case .tensor(let name, let error): "tensor \(name.quoted): \(error)"
        }
    }
}

extension FormatError {
    /// The first bytes of files of other formats, as little-endian numbers.
    private static let otherFormats: [(beginnings: [UInt32], found: String)] = [
        ([0x6767_6D6C], "one of whisper.cpp's; swiftlet convert makes a GGUF file of it"),
        // ggjt, ggmf, ggla
        (
            [0x6767_6A74, 0x6767_6D66, 0x6767_6C61],
            "in llama.cpp's format before GGUF; convert the original model again, or download it as GGUF"
        ),
        // PK
        (
            [0x0403_4B50],
            "an archive, as PyTorch saves weights; save the model with safetensors, and use swiftlet convert"
        ),
        // <!DO, <!do, <htm, <HTM
        (
            [0x4F44_213C, 0x6F64_213C, 0x6D74_683C, 0x4D54_483C],
            "a web page; download the file itself (on Hugging Face its address has /resolve/, not /blob/)"
        ),
        ([0], "zeros at its beginning; the download is incomplete"),
    ]
}

/// An error in one entry of the tensor table.
package enum TensorError: Error, Equatable, CustomStringConvertible {
    case emptyName(offset: Int)
    case nameTooLong(length: Int)
    case duplicate
    case rank(Int)
    case dimension(axis: Int, size: Int64)
    /// Elements or bytes do not fit in a signed 64-bit number.
    case tooLarge(dimensions: [Int])
    /// A row (the first dimension) must be whole blocks.
    case partialBlock(rowLength: Int, type: TensorType)
    case type(UnknownTensorType)
    case misaligned(offset: UInt64, alignment: Int)
    /// `offset` counts from the start of the data section, which has `available` bytes.
    case outsideFile(offset: UInt64, byteCount: Int, available: Int)
    case overlap(with: String)

    package var description: String {
        switch self {
        case .emptyName(let offset): "empty name at offset \(offset)"
        case .nameTooLong(let length):
            "name of \(length) bytes, at most \(Header.maximumTensorNameLength) are allowed"
        case .duplicate: "the name occurs more than once"
        case .rank(let rank): "\(rank) dimensions, expected 1 to 4"
        case .dimension(let axis, let size): "dimension \(axis) is \(size), expected 1 or more"
        case .tooLarge(let dimensions): "the size of \(dimensions) does not fit in 63 bits"
        case .partialBlock(let rowLength, let type):
            "rows of \(rowLength) elements are not whole \(type.name) blocks of \(type.blockElements)"
        case .type(let unknown): unknown.description
        case .misaligned(let offset, let alignment): "offset \(offset) is not a multiple of \(alignment)"
        case .outsideFile(let offset, let byteCount, let available):
            "\(byteCount) bytes at offset \(offset) of the data section, which has \(available); the file is "
                + "incomplete or damaged"
        case .overlap(let other): "overlaps tensor \(other.quoted)"
        }
    }
}
