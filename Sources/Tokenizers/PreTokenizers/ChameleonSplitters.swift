/// Cuts out what Chameleon writes for images: `<sentinel:[0-9]+>`, and `IMGIMG[A-I]{1,4}Z`.
struct SentinelSplitter: WordSplitter {
    func endOfWord(in text: borrowing TextReader, from start: Int) -> Int {
        if let end = endOfImage(in: text, from: start) { return end }
        var end = start + 1
        while end < text.end, !mayBegin(text.byte(at: end)) || endOfImage(in: text, from: end) == nil { end += 1 }
        return end
    }

    private func mayBegin(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "<") || byte == UInt8(ascii: "I") }

    private func endOfImage(in text: borrowing TextReader, from start: Int) -> Int? {
        if let digits = text.endOfPrefix("<sentinel:", from: start) {
            let end = text.skip(from: digits) { (0x30...0x39).contains($0.value) }
            return end > digits ? text.endOfPrefix(">", from: end) : nil
        }
        guard let letters = text.endOfPrefix("IMGIMG", from: start) else { return nil }
        let end = text.skip(from: letters, limit: 4) { (0x41...0x49).contains($0.value) }
        return end > letters ? text.endOfPrefix("Z", from: end) : nil
    }
}

/// `([\t\n]|    |  )`: tabs, line feeds, and spaces by fours and twos.
struct Indentation: WordPattern {
    func endOfMatch(in text: borrowing TextReader, from start: Int) -> Int? {
        guard let first = text.character(at: start) else { return nil }
        if first.isASCII("\t") || first.isASCII("\n") { return first.next }
        let end = text.skip(from: start, limit: 4) { $0.isASCII(" ") }
        return end - start == 4 ? end : end - start >= 2 ? start + 2 : nil
    }
}

extension TextReader {
    /// The end of `prefix` if the text goes on with it.
    fileprivate func endOfPrefix(_ prefix: String, from start: Int) -> Int? {
        var offset = start
        for scalar in prefix.unicodeScalars {
            guard let character = character(at: offset), character.isASCII(scalar) else { return nil }
            offset = character.next
        }
        return offset
    }
}
