extension Unicode.Scalar {
    /// Whether case matters next to it: `str.title` and the final sigma ask.
    fileprivate var isCased: Bool { properties.isCased }

    /// Full case folding.
    fileprivate var foldedCase: String {
        switch value {
        // The dotless i is no capital's small letter; Cherokee is folded to its capitals.
        case 0x131: String(self)
        case 0x13A0...0x13FD, 0xAB70...0xABBF: properties.uppercaseMapping
        default:
            String(
                String.UnicodeScalarView(
                    properties.uppercaseMapping.unicodeScalars.flatMap {
                        Array($0.properties.lowercaseMapping.unicodeScalars)
                    }))
        }
    }
}

extension Text {
    enum CaseChange { case upper, lower, title, capitalize, swap, fold }

    /// `upper`, `lower`, `title`, `capitalize`, `swapcase` and `casefold` by code points, as Python does it.
    func changed(_ change: CaseChange, _ meter: Meter) throws(TemplateError) -> Text {
        try meter.allocate(count)
        var builder = TextBuilder(meter)
        var offset = 0
        var previousIsCased = false
        while offset < count {
            let (scalar, next) = scalar(at: offset)
            let mapped: String =
                switch change {
                case .upper: scalar.properties.uppercaseMapping
                case .fold: scalar.foldedCase
                case .lower: lowercase(scalar, at: offset, next)
                case .title where !previousIsCased, .capitalize where offset == 0: scalar.properties.titlecaseMapping
                case .title, .capitalize: lowercase(scalar, at: offset, next)
                case .swap:
                    if scalar.properties.isUppercase {
                        lowercase(scalar, at: offset, next)
                    } else if scalar.properties.isLowercase {
                        scalar.properties.uppercaseMapping
                    } else {
                        String(scalar)
                    }
                }
            try builder.append(mapped, isInput: isInput(at: offset))
            previousIsCased = scalar.isCased
            offset = next
        }
        return builder.text
    }

    /// A capital sigma at the end of a word becomes the final one.
    private func lowercase(_ scalar: Unicode.Scalar, at offset: Int, _ next: Int) -> String {
        guard scalar == "\u{3A3}" else { return scalar.properties.lowercaseMapping }
        var before = offset
        var followsCased = false
        while before > 0 {
            let (scalar, start) = self.scalar(before: before)
            before = start
            if scalar.properties.isCaseIgnorable { continue }
            followsCased = scalar.isCased
            break
        }
        var after = next
        while followsCased, after < count {
            let (scalar, end) = self.scalar(at: after)
            after = end
            if scalar.properties.isCaseIgnorable { continue }
            return scalar.isCased ? "\u{3C3}" : "\u{3C2}"
        }
        return followsCased ? "\u{3C2}" : "\u{3C3}"
    }

    /// Jinja's filter `title`: what follows white space or one of `-({[<` is a capital, the rest is small.
    func titledWords(_ meter: Meter) throws(TemplateError) -> Text {
        func isBreak(_ scalar: Unicode.Scalar) -> Bool {
            isPythonSpace(scalar) || ["-", "(", "{", "[", "<"].contains(scalar)
        }
        var builder = TextBuilder(meter)
        var offset = 0
        while offset < count {
            var end = offset
            while end < count, case let (scalar, next) = scalar(at: end), !isBreak(scalar) { end = next }
            if end > offset {
                let first = scalar(at: offset).next
                try builder.append(slice(offset..<first, meter).changed(.upper, meter))
                try builder.append(slice(first..<end, meter).changed(.lower, meter))
            }
            offset = end
            while end < count, case let (scalar, next) = scalar(at: end), isBreak(scalar) { end = next }
            try builder.append(self, offset..<end)
            offset = end
        }
        return builder.text
    }

    /// `isalpha` and the like: every code point is of the kind, and there is one.
    func isAll(_ belongs: (Unicode.Scalar) -> Bool, _ meter: Meter) throws(TemplateError) -> Bool {
        try meter.work(count)
        return !isEmpty && string.unicodeScalars.allSatisfy(belongs)
    }

    /// `istitle`: capitals, or title letters, only where no cased letter is before them, and small ones only after one.
    func isTitled(_ meter: Meter) throws(TemplateError) -> Bool {
        try meter.work(count)
        var found = false
        var previousIsCased = false
        for scalar in string.unicodeScalars {
            let properties = scalar.properties
            if properties.isUppercase || properties.generalCategory == .titlecaseLetter {
                if previousIsCased { return false }
                (previousIsCased, found) = (true, true)
            } else if properties.isLowercase {
                guard previousIsCased else { return false }
                found = true
            } else {
                previousIsCased = false
            }
        }
        return found
    }

    /// `isidentifier`.
    func isIdentifier(_ meter: Meter) throws(TemplateError) -> Bool {
        try meter.work(count)
        var scalars = string.unicodeScalars[...]
        guard let first = scalars.popFirst(), first == "_" || first.properties.isXIDStart else { return false }
        return scalars.allSatisfy { $0.properties.isXIDContinue }
    }

    /// `expandtabs`: tabs as spaces up to the next column that `size` divides.
    func expandingTabs(_ size: Int, _ meter: Meter) throws(TemplateError) -> Text {
        var builder = TextBuilder(meter)
        var column = 0
        var offset = 0
        while offset < count {
            let (scalar, next) = scalar(at: offset)
            if scalar == "\t" {
                let width = size > 0 ? size - column % size : 0
                column += width
                try builder.append(Text(" "), times: width)
            } else {
                column = scalar == "\n" || scalar == "\r" ? 0 : column + 1
                try builder.append(self, offset..<next)
            }
            offset = next
        }
        return builder.text
    }

    /// `isupper` and `islower`: no code point of the other case, and one of this case.
    func isCased(upper: Bool, _ meter: Meter) throws(TemplateError) -> Bool {
        try meter.work(count)
        var found = false
        for scalar in string.unicodeScalars {
            let properties = scalar.properties
            if properties.generalCategory == .titlecaseLetter { return false }
            if upper ? properties.isLowercase : properties.isUppercase { return false }
            if upper ? properties.isUppercase : properties.isLowercase { found = true }
        }
        return found
    }
}

extension Unicode.Scalar {
    /// `str.isalpha`.
    var isPythonAlpha: Bool {
        switch properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: true
        default: false
        }
    }

    /// `str.isdecimal`, and its value.
    var decimalDigit: Int? {
        guard properties.generalCategory == .decimalNumber, let value = properties.numericValue else { return nil }
        return Int(exactly: value)
    }

    /// `str.isdigit`.
    var isPythonDigit: Bool { properties.numericType == .decimal || properties.numericType == .digit }

    /// `str.isprintable`.
    var isPythonPrintable: Bool {
        switch properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
        case .spaceSeparator: self == " "
        default: true
        }
    }
}
