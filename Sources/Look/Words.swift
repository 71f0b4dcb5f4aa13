#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Numbers and tokens for people.
enum Words {
    /// With `digits` behind the point.
    static func decimal(_ number: Double, _ digits: Int) -> String {
        guard number.isFinite, abs(number) < 1e12 else { return "\(number)" }
        let power = (0..<digits).reduce(1.0) { power, _ in power * 10 }
        let scaled = Int((abs(number) * power).rounded())
        let sign = number < 0 && scaled > 0 ? "-" : ""
        guard digits > 0 else { return sign + "\(scaled)" }
        let text = String(repeating: "0", count: max(0, digits + 1 - "\(scaled)".utf8.count)) + "\(scaled)"
        return sign + text.dropLast(digits) + "." + text.suffix(digits)
    }

    /// From the logarithm of a share.
    static func percent(_ logarithm: Double) -> String { decimal(100 * exp(logarithm), 2) + " %" }

    /// The text with control characters spelt out, so that it stays on its line.
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

    /// The text as it stands in HTML.
    static func escaped(_ text: String) -> [UInt8] {
        text.utf8.flatMap { byte -> [UInt8] in
            switch byte {
            case UInt8(ascii: "<"): Array("&lt;".utf8)
            case UInt8(ascii: ">"): Array("&gt;".utf8)
            case UInt8(ascii: "&"): Array("&amp;".utf8)
            case UInt8(ascii: "\""): Array("&quot;".utf8)
            default: [byte]
            }
        }
    }
}
