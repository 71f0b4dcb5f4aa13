import Foundation

/// Numbers and names for people.
enum Format {
    /// 1234567 as `1,234,567`.
    static func count(_ number: Int) -> String {
        var groups: [String] = []
        var rest = number.magnitude
        while rest >= 1000 {
            groups.append(String(String(1000 + rest % 1000).dropFirst()))
            rest /= 1000
        }
        groups.append(String(rest))
        return (number < 0 ? "-" : "") + groups.reversed().joined(separator: ",")
    }

    /// With `digits` behind the point.
    static func decimal(_ number: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", number) }

    /// Bytes in the greatest decimal unit that leaves a number of 1 or more.
    static func bytes(_ count: Int) -> String {
        var number = Double(count)
        var unit = 0
        let units = ["B", "kB", "MB", "GB", "TB", "PB", "EB"]
        while number >= 999.95 && unit + 1 < units.count {
            number /= 1000
            unit += 1
        }
        return unit == 0 ? "\(count) B" : "\(decimal(number, 1)) \(units[unit])"
    }

    /// Parameters as `7.24 G`.
    static func magnitude(_ count: Int) -> String {
        let number = Double(count)
        for (unit, size) in [("T", 1e12), ("G", 1e9), ("M", 1e6), ("k", 1e3)] where number >= size {
            return "\(decimal(number / size, 2)) \(unit)"
        }
        return "\(count)"
    }

    /// Seconds as `1:02:03` or `2:03`.
    static func duration(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds >= 0, seconds < 1e9 else { return "?" }
        let whole = Int(seconds.rounded())
        let (hours, minutes) = (whole / 3600, whole / 60 % 60)
        return hours > 0
            ? String(format: "%d:%02d:%02d", hours, minutes, whole % 60)
            : String(format: "%d:%02d", minutes, whole % 60)
    }

    /// 0.5 as ` 50 %`.
    static func percent(_ share: Double) -> String { String(format: "%3.0f %%", share * 100) }

    /// The text on one line, with at most `length` characters.
    static func shortened(_ text: String, to length: Int) -> String {
        let visible = visible(text)
        return visible.count <= length ? visible : visible.prefix(length - 3) + "..."
    }

    /// The text with control characters spelt out, so that it stays on its line and no file steers the terminal.
    static func visible(_ text: String) -> String {
        var visible = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n": visible += "\\n"
            case "\r": visible += "\\r"
            case "\t": visible += "\\t"
            case "\\": visible += "\\\\"
            default:
                switch scalar.properties.generalCategory {
                case .control, .format, .lineSeparator, .paragraphSeparator:
                    visible += "\\u{\(String(scalar.value, radix: 16))}"
                default: visible.unicodeScalars.append(scalar)
                }
            }
        }
        return visible
    }
}
