/// Sets of characters by Unicode's names.
enum UnicodeProperty {
    /// The characters of a general category, or with a property; nil for a name that is not known.
    static func ranges(_ name: String) -> [ClosedRange<UInt32>]? {
        let parts = name.split(separator: "=", omittingEmptySubsequences: false)
        if parts.count == 2 {
            guard parts[0] == "gc" || parts[0] == "General_Category" else { return nil }
            return category(String(parts[1]))
        }
        switch name {
        case "Any": return TextAutomaton.anyCharacter
        case "ASCII": return [0...0x7F]
        case "Alphabetic", "Alpha": return matching { $0.properties.isAlphabetic }
        case "Lowercase", "Lower": return matching { $0.properties.isLowercase }
        case "Uppercase", "Upper": return matching { $0.properties.isUppercase }
        case "White_Space", "space": return matching { $0.properties.isWhitespace }
        case "Emoji": return matching { $0.properties.isEmoji }
        case "Emoji_Presentation", "EPres": return matching { $0.properties.isEmojiPresentation }
        case "ID_Start", "IDS": return matching { $0.properties.isIDStart }
        case "ID_Continue", "IDC": return matching { $0.properties.isIDContinue }
        default: return category(name)
        }
    }

    private static func category(_ name: String) -> [ClosedRange<UInt32>]? {
        guard let wanted = names.first(where: { $0.names.contains(name) }) else { return nil }
        return normalized(
            wanted.prefixes.flatMap { prefix in
                byCategory.filter { $0.key.hasPrefix(prefix) }.flatMap(\.value)
            })
    }

    private static func matching(_ isWanted: (Unicode.Scalar) -> Bool) -> [ClosedRange<UInt32>] {
        var result: [ClosedRange<UInt32>] = []
        forEachScalar { if isWanted($0) { append($0.value, to: &result) } }
        return result
    }

    /// By the short name of the category.
    private static let byCategory: [String: [ClosedRange<UInt32>]] = {
        var result: [String: [ClosedRange<UInt32>]] = [:]
        var current: [ClosedRange<UInt32>] = []
        var last = Unicode.GeneralCategory.control
        forEachScalar { scalar in
            let category = scalar.properties.generalCategory
            if category != last {
                result[shortName(last), default: []] += current
                current = []
                last = category
            }
            append(scalar.value, to: &current)
        }
        result[shortName(last), default: []] += current
        return result
    }()

    private static func forEachScalar(_ body: (Unicode.Scalar) -> Void) {
        for range in TextAutomaton.anyCharacter {
            for value in range { if let scalar = Unicode.Scalar(value) { body(scalar) } }
        }
    }

    private static func append(_ value: UInt32, to ranges: inout [ClosedRange<UInt32>]) {
        if let last = ranges.last, last.upperBound + 1 == value {
            ranges[ranges.count - 1] = last.lowerBound...value
        } else {
            ranges.append(value...value)
        }
    }

    /// Names as PropertyValueAliases.txt has them, and the categories that each stands for.
    private static let names: [(names: [String], prefixes: [String])] = [
        (["L", "Letter"], ["L"]), (["LC", "Cased_Letter"], ["Lu", "Ll", "Lt"]), (["Lu", "Uppercase_Letter"], ["Lu"]),
        (["Ll", "Lowercase_Letter"], ["Ll"]), (["Lt", "Titlecase_Letter"], ["Lt"]),
        (["Lm", "Modifier_Letter"], ["Lm"]),
        (["Lo", "Other_Letter"], ["Lo"]), (["M", "Mark", "Combining_Mark"], ["M"]),
        (["Mn", "Nonspacing_Mark"], ["Mn"]), (["Mc", "Spacing_Mark"], ["Mc"]), (["Me", "Enclosing_Mark"], ["Me"]),
        (["N", "Number"], ["N"]), (["Nd", "Decimal_Number", "digit"], ["Nd"]), (["Nl", "Letter_Number"], ["Nl"]),
        (["No", "Other_Number"], ["No"]), (["P", "Punctuation", "punct"], ["P"]),
        (["Pc", "Connector_Punctuation"], ["Pc"]), (["Pd", "Dash_Punctuation"], ["Pd"]),
        (["Ps", "Open_Punctuation"], ["Ps"]), (["Pe", "Close_Punctuation"], ["Pe"]),
        (["Pi", "Initial_Punctuation"], ["Pi"]), (["Pf", "Final_Punctuation"], ["Pf"]),
        (["Po", "Other_Punctuation"], ["Po"]), (["S", "Symbol"], ["S"]), (["Sm", "Math_Symbol"], ["Sm"]),
        (["Sc", "Currency_Symbol"], ["Sc"]), (["Sk", "Modifier_Symbol"], ["Sk"]), (["So", "Other_Symbol"], ["So"]),
        (["Z", "Separator"], ["Z"]), (["Zs", "Space_Separator"], ["Zs"]), (["Zl", "Line_Separator"], ["Zl"]),
        (["Zp", "Paragraph_Separator"], ["Zp"]), (["C", "Other"], ["C"]), (["Cc", "Control", "cntrl"], ["Cc"]),
        (["Cf", "Format"], ["Cf"]), (["Co", "Private_Use"], ["Co"]), (["Cn", "Unassigned"], ["Cn"]),
    ]

    private static func shortName(_ category: Unicode.GeneralCategory) -> String {
        switch category {
        case .uppercaseLetter: "Lu"
        case .lowercaseLetter: "Ll"
        case .titlecaseLetter: "Lt"
        case .modifierLetter: "Lm"
        case .otherLetter: "Lo"
        case .nonspacingMark: "Mn"
        case .spacingMark: "Mc"
        case .enclosingMark: "Me"
        case .decimalNumber: "Nd"
        case .letterNumber: "Nl"
        case .otherNumber: "No"
        case .connectorPunctuation: "Pc"
        case .dashPunctuation: "Pd"
        case .openPunctuation: "Ps"
        case .closePunctuation: "Pe"
        case .initialPunctuation: "Pi"
        case .finalPunctuation: "Pf"
        case .otherPunctuation: "Po"
        case .mathSymbol: "Sm"
        case .currencySymbol: "Sc"
        case .modifierSymbol: "Sk"
        case .otherSymbol: "So"
        case .spaceSeparator: "Zs"
        case .lineSeparator: "Zl"
        case .paragraphSeparator: "Zp"
        case .control: "Cc"
        case .format: "Cf"
        case .surrogate: "Cs"
        case .privateUse: "Co"
        case .unassigned: "Cn"
        @unknown default: "Cn"
        }
    }
}
