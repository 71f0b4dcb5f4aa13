// whisper.cpp's model files (`ggml-*.bin`). Source: whisper.cpp's `models/README.md`, `models/convert-pt-to-ggml.py`.
//
// All numbers are little-endian, strings have a length before them and no terminator, nothing is aligned.
//
//     header       uint32 magic 0x67676d6c, then eleven int32: vocabulary size; of the encoder: context, width, heads,
//                  layers; of the decoder: context, width, heads, layers; mel bands; file type
//     filters      int32 bands, int32 bins, then bands x bins float32
//     vocabulary   int32 number of tokens, then for each: uint32 length, that many bytes. The tokens that steer the model
//                  are not among them: their number follows from the vocabulary size
//     tensors      until the end: int32 number of dimensions, int32 length of the name, int32 tensor type, int32 per
//                  dimension (fastest first), name, data
package import GGUF

/// Opens whisper.cpp's files as what they would be in GGUF: the same names and keys, the weights where they lie.
package enum WhisperFile {
    static let magic: UInt32 = 0x6767_6D6C

    /// Whether the file begins like one of whisper.cpp's.
    package static func isOne(path: String) throws(GGUFError) -> Bool {
        let file = try MappedFile(path: path)
        return hasMagic(file.bytes)
    }

    private static func hasMagic(_ bytes: RawSpan) -> Bool {
        guard bytes.byteCount >= 4 else { return false }
        return bytes.load(0, as: UInt32.self) == magic
    }

    /// Opens a file and checks all of it but the weights.
    ///
    /// - Throws: ``GGUFError``, which names the path and what is wrong there.
    package static func open(path: String) throws(GGUFError) -> GGUFFile {
        let file = try MappedFile(path: path)
        let (metadata, tensors) = try read(file.bytes, path: path)
        return try GGUFFile(reading: file, metadata: metadata, tensors: tensors)
    }

    private static func read(
        _ bytes: RawSpan, path: String
    ) throws(GGUFError) -> (metadata: GGUFContents, tensors: [TensorInfo]) {
        do throws(FormatError) {
            return try read(bytes)
        } catch {
            throw .format(path: path, error)
        }
    }

    private static func read(
        _ bytes: RawSpan
    ) throws(FormatError) -> (metadata: GGUFContents, tensors: [TensorInfo]) {
        var cursor = Cursor(bytes)
        let header = try WhisperHeader(&cursor)
        let vocabulary = try WhisperVocabulary(&cursor, header)
        return (header.metadata(vocabulary), try WhisperTensors.read(&cursor, header))
    }
}

extension Cursor {
    /// Reads an int32 that must be in a range.
    mutating func number(_ what: String, in range: ClosedRange<Int>) throws(FormatError) -> Int {
        let start = offset
        let value = Int(try integer(what, as: Int32.self))
        guard range.contains(value) else {
            throw .number(what: what, offset: start, found: value, expected: range)
        }
        return value
    }
}
