internal import Tokenizers

/// RWKV's vocabulary: a line for each token, its id, its text or bytes as Python writes them, and their number.
///
/// Source: github.com/BlinkDL/ChatRWKV, `tokenizer/rwkv_tokenizer.py`; llama.cpp's `conversion/base.py`.
enum RWKVVocabulary {
    static let file = "rwkv_vocab_v20230424.txt"

    static func convert(_ files: TokenizerFiles, count: Int) throws(ConversionError) -> ConvertedTokenizer {
        let path = files.folder.path(file)
        guard let bytes = try files.folder.bytes(file) else { throw .missingFile(file, folder: files.folder.path) }
        var table = TokenTable(count: count, path: path)
        try table.add(0, Array("<s>".utf8), .control)
        for (number, line) in bytes.split(separator: UInt8(ascii: "\n")).enumerated() {
            let line = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
            guard let token = Line(Array(line)) else {
                throw .tokenizer("line \(number + 1) is no id, text and number of bytes", path: path)
            }
            try table.add(token.id, escaped(token.bytes), .normal)
        }
        return ConvertedTokenizer(model: "rwkv", preTokenizer: "default", table: table)
    }

    private struct Line {
        let id: Int
        let bytes: [UInt8]

        init?(_ line: [UInt8]) {
            guard let first = line.firstIndex(of: UInt8(ascii: " ")), let last = line.lastIndex(of: UInt8(ascii: " ")),
                first < last, let id = RWKVVocabulary.number(line[..<first]),
                let count = RWKVVocabulary.number(line[(last + 1)...]),
                let bytes = RWKVVocabulary.literal(line[(first + 1)..<last]), bytes.count == count
            else { return nil }
            self.id = id
            self.bytes = bytes
        }
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
        Int(String(decoding: digits, as: UTF8.self))
    }

    /// What a Python literal of text or bytes stands for.
    private static func literal(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        let isBytes = text.first == UInt8(ascii: "b")
        let quoted = isBytes ? text.dropFirst() : text
        guard quoted.count >= 2, let quote = quoted.first, [UInt8(ascii: "'"), UInt8(ascii: "\"")].contains(quote),
            quoted.last == quote
        else { return nil }
        var bytes: [UInt8] = []
        var rest = quoted.dropFirst().dropLast()
        while let next = rest.popFirst() {
            guard next == UInt8(ascii: "\\") else {
                bytes.append(next)
                continue
            }
            guard let kind = rest.popFirst() else { return nil }
            switch kind {
            case UInt8(ascii: "n"): bytes.append(0x0A)
            case UInt8(ascii: "t"): bytes.append(0x09)
            case UInt8(ascii: "r"): bytes.append(0x0D)
            case UInt8(ascii: "\\"), UInt8(ascii: "'"), UInt8(ascii: "\""): bytes.append(kind)
            case UInt8(ascii: "x"), UInt8(ascii: "u"), UInt8(ascii: "U"):
                let count = kind == UInt8(ascii: "x") ? 2 : kind == UInt8(ascii: "u") ? 4 : 8
                let digits = rest.prefix(count)
                rest = rest.dropFirst(count)
                // Bytes have no escapes of characters.
                guard digits.count == count, kind == UInt8(ascii: "x") || !isBytes,
                    let value = UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
                else { return nil }
                if isBytes {
                    guard value < 256 else { return nil }
                    bytes.append(UInt8(truncatingIfNeeded: value))
                } else {
                    guard let scalar = Unicode.Scalar(value) else { return nil }
                    bytes += Array(String(Character(scalar)).utf8)
                }
            default: return nil
            }
        }
        return bytes
    }

    /// Bytes as Python writes them, without the quotes.
    private static func escaped(_ bytes: [UInt8]) -> [UInt8] {
        let quotes = bytes.contains(UInt8(ascii: "'")) && bytes.contains(UInt8(ascii: "\""))
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        for byte in bytes {
            switch byte {
            case 0x09: text += Array("\\t".utf8)
            case 0x0A: text += Array("\\n".utf8)
            case 0x0D: text += Array("\\r".utf8)
            case UInt8(ascii: "\\"): text += Array("\\\\".utf8)
            case UInt8(ascii: "'") where quotes: text += Array("\\'".utf8)
            case 0x20..<0x7F: text.append(byte)
            default: text += [UInt8(ascii: "\\"), UInt8(ascii: "x"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return text
    }
}
