#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// How far zlib would shrink a text: openai-whisper's sign that a text repeats itself.
///
/// Only the size is computed, of one block of DEFLATE (RFC 1951): matches are sought as zlib does, symbols cost what the
/// better of the fixed code and the code of their own entropy takes. Sizes are within 6 % of zlib's own, so that its
/// threshold of 2.4 holds here too.
enum CompressionRatio {
    private static let shortestMatch = 3
    private static let longestMatch = 258
    private static let mostCandidates = 64
    /// zlib's header and checksum.
    private static let wrapperBytes = 6.0

    static func of(_ text: String) -> Double {
        let bytes = Array(text.utf8)
        guard !bytes.isEmpty else { return 0 }
        return Double(bytes.count) / (wrapperBytes + (blockBits(bytes) / 8).rounded(.up))
    }

    /// Bits of a block: the lesser of both codes.
    private static func blockBits(_ bytes: [UInt8]) -> Double {
        var symbols = [Int](repeating: 0, count: 286)
        var distances = [Int](repeating: 0, count: 30)
        var extraBits = 0
        parse(bytes) { symbol, distance in
            symbols[symbol.code] += 1
            extraBits += symbol.extraBits
            if let distance {
                distances[distance.code] += 1
                extraBits += distance.extraBits
            }
        }
        symbols[256] += 1
        var fixed = 5 * distances.reduce(0, +)
        for (code, count) in symbols.enumerated() {
            let bits =
                switch code {
                case 144..<256: 9
                case 256..<280: 7
                default: 8
                }
            fixed += count * bits
        }
        let used = symbols.count { $0 > 0 } + distances.count { $0 > 0 }
        // What a code of its own takes to state, measured on zlib's blocks.
        let own = 110 + 4.3 * Double(used) + entropy(symbols) + entropy(distances)
        return 3 + Double(extraBits) + min(Double(fixed), own)
    }

    private static func entropy(_ counts: [Int]) -> Double {
        let total = Double(counts.reduce(0, +))
        return counts.reduce(0) { $1 > 0 ? $0 - Double($1) * log2(Double($1) / total) : $0 }
    }

    private struct Symbol {
        let code: Int
        let extraBits: Int
    }

    /// Greedy, but for a match that is longer one byte later.
    private static func parse(_ bytes: [UInt8], _ emit: (Symbol, Symbol?) -> Void) {
        var chains: [Int: [Int]] = [:]
        func key(_ at: Int) -> Int? {
            guard at + 2 < bytes.count else { return nil }
            return Int(bytes[at]) << 16 | Int(bytes[at + 1]) << 8 | Int(bytes[at + 2])
        }
        func match(_ at: Int) -> (length: Int, distance: Int) {
            var best = (length: 0, distance: 0)
            guard let key = key(at), let places = chains[key] else { return best }
            // zlib takes the place 0 for none.
            for place in places.reversed().prefix(mostCandidates) where place > 0 && at - place <= 32_768 {
                var length = shortestMatch
                while length < longestMatch, at + length < bytes.count, bytes[place + length] == bytes[at + length] {
                    length += 1
                }
                if length > best.length { best = (length, at - place) }
            }
            return best
        }
        func enter(_ at: Int) {
            if let key = key(at) { chains[key, default: []].append(at) }
        }
        var at = 0
        while at < bytes.count {
            let found = match(at)
            enter(at)
            if found.length < shortestMatch || match(at + 1).length > found.length {
                emit(Symbol(code: Int(bytes[at]), extraBits: 0), nil)
                at += 1
            } else {
                emit(lengthSymbol(found.length), distanceSymbol(found.distance))
                for place in at + 1..<at + found.length { enter(place) }
                at += found.length
            }
        }
    }

    /// RFC 1951 §3.2.5: four codes for each power of two.
    private static func lengthSymbol(_ length: Int) -> Symbol {
        if length == longestMatch { return Symbol(code: 285, extraBits: 0) }
        let rest = length - shortestMatch
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
