/// How far zlib shrinks a text: openai-whisper's sign that a text repeats itself.
///
/// Only the size is computed, and it is zlib's own at its default level, so that the threshold of 2.4 decides alike: matches
/// are found lazily, symbols cost what the better of the fixed and the dynamic Huffman code takes. Texts are a single block.
///
/// Source: RFC 1950, RFC 1951; zlib's documented level 6 (lazy matches up to 16, chains of 128, good 8, nice 128).
package enum CompressionRatio {
    /// zlib's header and checksum.
    private static let wrapperBytes = 6

    package static func of(_ text: String) -> Double {
        let bytes = Array(text.utf8)
        guard !bytes.isEmpty else { return 0 }
        return Double(bytes.count) / Double(wrapperBytes + blockBytes(bytes))
    }

    private static func blockBytes(_ bytes: [UInt8]) -> Int {
        var literals = [Int](repeating: 0, count: 286)
        var distances = [Int](repeating: 0, count: 30)
        var extraBits = 0
        literals[256] = 1
        LazyMatches.parse(bytes) { length, distance in
            if distance == 0 { return literals[length] += 1 }
            let (symbol, other) = (lengthSymbol(length), distanceSymbol(distance))
            literals[symbol.code] += 1
            distances[other.code] += 1
            extraBits += symbol.extraBits + other.extraBits
        }
        var fixed = 5 * distances.reduce(0, +)
        for (code, count) in literals.enumerated() {
            fixed += count * ((144..<256).contains(code) ? 9 : (256..<280).contains(code) ? 7 : 8)
        }
        let own = HuffmanCode.blockBits(literals, distances)
        let coded = (3 + extraBits + min(fixed, own) + 7) / 8
        // A stored block: a byte of header, and the length twice.
        return bytes.count + 4 <= coded ? bytes.count + 5 : coded
    }

    private struct Symbol {
        package let code: Int
        package let extraBits: Int
    }

    /// RFC 1951 §3.2.5: four codes for each power of two.
    private static func lengthSymbol(_ length: Int) -> Symbol {
        if length == LazyMatches.longest { return Symbol(code: 285, extraBits: 0) }
        let rest = length - LazyMatches.shortest
        guard rest >= 8 else { return Symbol(code: 257 + rest, extraBits: 0) }
        let bits = rest.bitWidth - rest.leadingZeroBitCount - 3
        return Symbol(code: 257 + 4 * bits + rest >> bits, extraBits: bits)
    }

    /// Two codes for each power of two.
    private static func distanceSymbol(_ distance: Int) -> Symbol {
        let rest = distance - 1
        guard rest >= 4 else { return Symbol(code: rest, extraBits: 0) }
        let bits = rest.bitWidth - rest.leadingZeroBitCount - 2
        return Symbol(code: 2 * bits + rest >> bits, extraBits: bits)
    }
}
