/// White space as `str.isspace` and `\s` see it.
func isPythonSpace(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x09...0x0D, 0x1C...0x20, 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000: true
    default: false
    }
}

extension Text {
    /// Where `needle` first stands at or after `start`.
    func range(of needle: Text, from start: Int, _ meter: Meter) throws(TemplateError) -> Range<Int>? {
        guard start <= count - needle.count else { return nil }
        guard let first = needle.bytes.first else { return start..<start }
        try meter.work(count - start)
        var offset = start
        while offset <= count - needle.count {
            if bytes[offset] == first {
                var matched = 1
                while matched < needle.count, bytes[offset + matched] == needle.bytes[matched] { matched += 1 }
                if matched == needle.count { return offset..<offset + matched }
                if matched >= 16 { try meter.work(matched) }
            }
            offset += 1
        }
        return nil
    }

    /// Where `needle` last stands.
    func lastRange(of needle: Text, _ meter: Meter) throws(TemplateError) -> Range<Int>? {
        try lastRange(of: needle, before: count, meter)
    }

    /// Where `needle` last stands before `end`.
    func lastRange(of needle: Text, before end: Int, _ meter: Meter) throws(TemplateError) -> Range<Int>? {
        var offset = end - needle.count
        guard offset >= 0 else { return nil }
        try meter.work(end)
        while offset >= 0 {
            var matched = 0
            while matched < needle.count, bytes[offset + matched] == needle.bytes[matched] { matched += 1 }
            if matched == needle.count, offset == count || bytes[offset] & 0xC0 != 0x80 {
                return offset..<offset + matched
            }
            if matched >= 16 { try meter.work(matched) }
            offset -= 1
        }
        return nil
    }

    func hasPrefix(_ prefix: Text) -> Bool { bytes.starts(with: prefix.bytes) }

    func hasSuffix(_ suffix: Text) -> Bool {
        suffix.count <= count && bytes[(count - suffix.count)...].elementsEqual(suffix.bytes)
    }

    /// `count`: how often `needle` stands here without overlapping.
    func occurrences(of needle: Text, _ meter: Meter) throws(TemplateError) -> Int {
        if needle.isEmpty { return length + 1 }
        var found = 0
        var start = 0
        while let range = try range(of: needle, from: start, meter) {
            found += 1
            start = range.upperBound
        }
        return found
    }

    /// `replace`: at most `limit` times, if it is not negative.
    func replacing(_ old: Text, _ new: Text, limit: Int, _ meter: Meter) throws(TemplateError) -> Text {
        var builder = TextBuilder(meter)
        var done = 0
        var copied = 0
        if old.isEmpty {
            // Between all code points, at the beginning and at the end.
            for offset in offsets() where limit < 0 || done < limit {
                try builder.append(self, copied..<offset)
                try builder.append(new)
                copied = offset
                done += 1
            }
        } else {
            var start = 0
            while limit < 0 || done < limit, let range = try range(of: old, from: start, meter) {
                try builder.append(self, copied..<range.lowerBound)
                try builder.append(new)
                copied = range.upperBound
                start = range.upperBound
                done += 1
            }
        }
        try builder.append(self, copied..<count)
        return builder.text
    }

    /// `strip`, `lstrip` and `rstrip`: of white space, or of the code points of `characters`.
    func trimmed(
        _ characters: Text?, start: Bool = true, end: Bool = true, _ meter: Meter
    ) throws(TemplateError) -> Text {
        try meter.work(count)
        let set = characters.map { Set($0.scalars) }
        func isTrimmed(_ scalar: Unicode.Scalar) -> Bool { set.map { $0.contains(scalar) } ?? isPythonSpace(scalar) }
        var low = 0
        var high = count
        while start, low < high, case let (scalar, next) = scalar(at: low), isTrimmed(scalar) { low = next }
        while end, low < high, case let (scalar, previous) = scalar(before: high), isTrimmed(scalar) {
            high = previous
        }
        return try slice(low..<high, meter)
    }

    /// `split` and `rsplit`: at `separator` or white space, at most `limit` times if it is not negative.
    func split(_ separator: Text?, limit: Int, fromEnd: Bool, _ meter: Meter) throws(TemplateError) -> [Value] {
        guard let separator else { return try splitAtSpace(limit: limit, fromEnd: fromEnd, meter) }
        guard !separator.isEmpty else {
            throw TemplateError(.value, "split() needs a separator that is not empty")
        }
        var ranges: [Range<Int>] = []
        if fromEnd {
            var end = count
            while limit < 0 || ranges.count < limit,
                let range = try lastRange(of: separator, before: end, meter)
            {
                try meter.allocate(64)
                ranges.append(range.upperBound..<end)
                end = range.lowerBound
            }
            ranges.append(0..<end)
            ranges.reverse()
        } else {
            var start = 0
            while limit < 0 || ranges.count < limit, let range = try range(of: separator, from: start, meter) {
                try meter.allocate(64)
                ranges.append(start..<range.lowerBound)
                start = range.upperBound
            }
            ranges.append(start..<count)
        }
        return try slices(ranges, meter)
    }

    private func splitAtSpace(limit: Int, fromEnd: Bool, _ meter: Meter) throws(TemplateError) -> [Value] {
        try meter.work(count)
        var words: [Range<Int>] = []
        var start: Int?
        var offset = 0
        while offset < count {
            let (scalar, next) = scalar(at: offset)
            if isPythonSpace(scalar) {
                if let begin = start { words.append(begin..<offset) }
                start = nil
            } else if start == nil {
                start = offset
            }
            offset = next
        }
        if let begin = start { words.append(begin..<count) }
        try meter.allocate(words.count, each: 64)
        // The rest after the last split stays whole, without the white space next to the split.
        if limit >= 0, words.count > limit {
            if fromEnd {
                let rest = words.count - limit
                words.replaceSubrange(0..<rest, with: [0..<words[rest - 1].upperBound])
            } else {
                words.replaceSubrange(limit..., with: [words[limit].lowerBound..<count])
            }
        }
        return try slices(words, meter)
    }

    /// `splitlines`.
    func lines(keepEnds: Bool, _ meter: Meter) throws(TemplateError) -> [Text] {
        try meter.work(count)
        var lines: [Text] = []
        var start = 0
        var offset = 0
        while offset < count {
            let (scalar, next) = scalar(at: offset)
            var end = next
            switch scalar.value {
            case 0x0D:
                if next < count, bytes[next] == 0x0A { end = next + 1 }
                fallthrough
            case 0x0A, 0x0B, 0x0C, 0x1C, 0x1D, 0x1E, 0x85, 0x2028, 0x2029:
                try meter.allocate(64)
                lines.append(try slice(start..<(keepEnds ? end : offset), meter))
                start = end
            default: break
            }
            offset = end
        }
        if start < count { lines.append(try slice(start..<count, meter)) }
        return lines
    }

    func slices(_ ranges: [Range<Int>], _ meter: Meter) throws(TemplateError) -> [Value] {
        var parts: [Value] = []
        parts.reserveCapacity(ranges.count)
        for range in ranges { parts.append(.text(try slice(range, meter))) }
        return parts
    }
}
