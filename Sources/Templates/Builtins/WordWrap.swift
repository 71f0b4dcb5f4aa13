extension Machine {
    /// `wordwrap`: lines of at most `width` code points, as Python's `textwrap` breaks them.
    func wrap(_ value: Value, _ options: [Value?]) throws(TemplateError) -> Text {
        let text = try value.expectText("what 'wordwrap' wraps")
        let width = try options[0].integer("the width of 'wordwrap'", default: 79)
        let separator = try options[2].given?.expectText("the line break of 'wordwrap'") ?? Text("\n")
        let breaksHyphens = options[3].isTrue(default: true)
        var builder = TextBuilder(meter)
        for (index, line) in try text.lines(keepEnds: false, meter).enumerated() {
            guard width > 0 else { throw TemplateError(.value, "the width of 'wordwrap' must be above 0") }
            if index > 0 { try builder.append(separator) }
            var wrapper = LineWrapper(
                line, width: width, breaksWords: options[1].isTrue(default: true), breaksHyphens: breaksHyphens, meter)
            for (index, range) in try wrapper.lines().enumerated() {
                if index > 0 { try builder.append(separator) }
                try builder.append(line, range)
            }
        }
        return builder.text
    }
}

/// Breaks one line into shorter ones.
private struct LineWrapper {
    private let scalars: [Unicode.Scalar]
    /// Where each code point begins, in bytes.
    private let offsets: [Int]
    private let width: Int
    private let breaksWords: Bool
    private let breaksHyphens: Bool
    private let meter: Meter

    init(_ line: Text, width: Int, breaksWords: Bool, breaksHyphens: Bool, _ meter: Meter) {
        scalars = line.scalars
        offsets = line.offsets()
        self.width = width
        self.breaksWords = breaksWords
        self.breaksHyphens = breaksHyphens
        self.meter = meter
    }

    /// The bytes of each line. The pieces of a line follow one another in the text, so a line is a range of it.
    mutating func lines() throws(TemplateError) -> [Range<Int>] {
        try meter.allocate(scalars.count, each: 64)
        // The next piece is on top.
        var pieces = Array(pieces().reversed())
        var lines: [Range<Int>] = []
        while let first = pieces.last {
            if !lines.isEmpty, isSpace(first) { pieces.removeLast() }
            var line: [Range<Int>] = []
            var length = 0
            while let piece = pieces.last, piece.count <= width - length {
                line.append(piece)
                length += piece.count
                pieces.removeLast()
            }
            if let piece = pieces.last, piece.count > width {
                if breaksWords {
                    let end = piece.lowerBound + cut(piece, width - length)
                    // Where nothing fits, this empty piece keeps the white space before it, as in Python.
                    line.append(piece.lowerBound..<end)
                    pieces[pieces.count - 1] = end..<piece.upperBound
                } else if line.isEmpty {
                    line.append(piece)
                    pieces.removeLast()
                }
            }
            if let last = line.last, isSpace(last) { line.removeLast() }
            if let start = line.first?.lowerBound, let end = line.last?.upperBound {
                try meter.step()
                lines.append(offsets[start]..<offsets[end])
            }
        }
        return lines
    }

    /// How much of a piece that is longer than a line goes into `space`.
    private func cut(_ piece: Range<Int>, _ space: Int) -> Int {
        guard breaksHyphens, piece.count > space else { return space }
        let part = scalars[piece.lowerBound..<piece.lowerBound + space]
        guard let hyphen = part.lastIndex(of: "-"), hyphen > piece.lowerBound,
            scalars[piece.lowerBound..<hyphen].contains(where: { $0 != "-" })
        else { return space }
        return hyphen + 1 - piece.lowerBound
    }

    private func isSpace(_ piece: Range<Int>) -> Bool { scalars[piece].allSatisfy(isPythonSpace) }

    // MARK: - Pieces

    private func at(_ place: Int, _ belongs: (Unicode.Scalar) -> Bool) -> Bool {
        scalars.indices.contains(place) && belongs(scalars[place])
    }

    /// White space, words, and what hyphens part of words.
    private func pieces() -> [Range<Int>] {
        var pieces: [Range<Int>] = []
        var start = 0
        while start < scalars.count {
            var end = start + 1
            if isBreak(scalars[start]) {
                while at(end, isBreak) { end += 1 }
            } else if breaksHyphens, let dash = endOfDash(from: start), at(start - 1, isWordOrPunctuation) {
                end = dash
            } else {
                while end < scalars.count, !isBreak(scalars[end]) {
                    if breaksHyphens {
                        if isHyphenation(at: end) {
                            end += 1
                            break
                        }
                        if isWordOrPunctuation(scalars[end - 1]), endOfDash(from: end) != nil { break }
                    }
                    end += 1
                }
            }
            pieces.append(start..<end)
            start = end
        }
        return pieces
    }

    /// The end of two hyphens or more before a word.
    private func endOfDash(from start: Int) -> Int? {
        var end = start
        while at(end, { $0 == "-" }) { end += 1 }
        return end - start >= 2 && at(end, isWord) ? end : nil
    }

    /// A hyphen between letters, two at least on each side, or one with another hyphen.
    private func isHyphenation(at place: Int) -> Bool {
        guard scalars[place] == "-" else { return false }
        let isAfterLetters = at(place - 1, isLetter) && at(place - 2, isLetter)
        let isAfterHyphen =
            at(place - 1, isWordOrPunctuation) && at(place - 2) { $0 == "-" } && at(place - 3, isLetter)
        guard isAfterLetters || isAfterHyphen, at(place + 1, isLetter) else { return false }
        return at(place + 2, isLetter) || (at(place + 2) { $0 == "-" } && at(place + 3, isLetter))
    }
}

/// The white space that `textwrap` breaks lines at.
private func isBreak(_ scalar: Unicode.Scalar) -> Bool { (0x09...0x0D).contains(scalar.value) || scalar == " " }

/// `\w`.
func isWord(_ scalar: Unicode.Scalar) -> Bool {
    scalar == "_" || scalar.isPythonAlpha || scalar.properties.numericType != nil
}

private func isLetter(_ scalar: Unicode.Scalar) -> Bool { isWord(scalar) && scalar.decimalDigit == nil }

private func isWordOrPunctuation(_ scalar: Unicode.Scalar) -> Bool {
    isWord(scalar) || "!\"'&.,?".unicodeScalars.contains(scalar)
}
