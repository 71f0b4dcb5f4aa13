/// The formats of JSON schema as patterns: what strict checkers take, and of that what is written commonly.
enum TextFormats {
    static func pattern(_ name: String) -> String? {
        switch name {
        case "date": "^\(date)$"
        case "time": "^\(time)$"
        case "date-time": "^\(date)T\(time)$"
        case "duration": "^\(duration)$"
        case "uuid": "^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$"
        case "email": "^[A-Za-z0-9_](?:[.%+-]?[A-Za-z0-9_]){0,30}@(?:\(shortLabel)\\.){1,3}[A-Za-z]{2,24}$"
        case "hostname": "^\(hostname)$"
        case "ipv4": "^\(ipv4)$"
        case "ipv6": "^(?:\(ipv6))$"
        case "uri": "^(?:\(uri))$"
        default: nil
        }
    }

    /// RFC 3339, years 1 to 9999: days as the month has them, the 29th of February in leap years.
    private static let date = """
        (?:(?:[1-9][0-9]{3}|0[1-9][0-9]{2}|00[1-9][0-9]|000[1-9])-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])\
        |(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|1[0-9]|2[0-8]))\
        |(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:0[48]|[2468][048]|[13579][26])00)-02-29)
        """

    /// RFC 3339, without leap seconds, which only some minutes have.
    private static let time = """
        (?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\\.[0-9]{1,6})?(?:Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])
        """

    /// RFC 3339, appendix A: units without gaps between them, weeks alone.
    private static let duration: String = {
        let day = "[0-9]{1,3}D", month = "[0-9]{1,2}M(?:\(day))?", year = "[0-9]{1,4}Y(?:\(month))?"
        let second = "[0-9]{1,2}S", minute = "[0-9]{1,2}M(?:\(second))?", hour = "[0-9]{1,2}H(?:\(minute))?"
        let time = "T(?:\(hour)|\(minute)|\(second))"
        return "P(?:(?:\(year)|\(month)|\(day))(?:\(time))?|\(time)|[0-9]{1,3}W)"
    }()

    private static let byte = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
    private static let ipv4 = "\(byte)(?:\\.\(byte)){3}"

    /// RFC 4291: eight groups, or two colons for at least one of them.
    private static let ipv6: String = {
        let group = "[0-9a-fA-F]{1,4}"
        var forms = ["(?:\(group):){7}\(group)", "::(?:ffff:)?\(ipv4)"]
        for left in 0...7 {
            let before = left == 0 ? "" : "\(group)(?::\(group)){\(left - 1)}"
            let right = 7 - left
            forms.append(before + "::" + (right == 0 ? "" : "(?:\(group)(?::\(group)){0,\(right - 1)})?"))
        }
        return forms.joined(separator: "|")
    }()

    /// RFC 1123, without hyphens side by side, which RFC 5890 keeps for itself. Of at most 47 and 61 characters.
    private static let shortLabel = "[A-Za-z0-9](?:-?[A-Za-z0-9]){0,23}"
    private static let label = "[A-Za-z0-9](?:-?[A-Za-z0-9]){0,30}"
    /// At most 247 of 253 characters. The last label begins with a letter, so that it is not an address.
    private static let hostname = "(?:\(label)\\.){0,3}[A-Za-z](?:-?[A-Za-z0-9]){0,30}"

    /// RFC 3986: schemes with an authority, `mailto` and `urn`.
    private static let uri: String = {
        let mark = "(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})"
        let host = "(?:\(hostname)|\(ipv4)|\\[(?:\(ipv6))\\])"
        let tail = "(?:/\(mark)*)*(?:\\?(?:\(mark)|[/?])*)?(?:#(?:\(mark)|[/?])*)?"
        return "(?:https?|ftp|wss?|ssh)://\(host)(?::[0-9]{1,5})?\(tail)"
            + "|file:///\(mark)*(?:/\(mark)*)*"
            + "|mailto:[A-Za-z0-9_.+-]+@\(hostname)|urn:[A-Za-z0-9](?:-?[A-Za-z0-9]){1,15}:\(mark)+"
    }()
}

extension TextLanguage {
    /// The texts of a format of JSON schema, or of the part of it that is written commonly; nil for a name that is not known.
    package init?(format name: String) {
        guard let pattern = TextFormats.pattern(name) else { return nil }
        do throws(GrammarError) {
            self = try TextLanguage(pattern: pattern, at: name)
        } catch {
            return nil
        }
    }
}
