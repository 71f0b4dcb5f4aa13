/// Larger languages, in which all texts of a format lie, whichever checker is asked. What is taken away from a set by
/// `not` or by another alternative of `oneOf` is taken away with them.
enum FormatBounds {
    /// - Returns: nil for a format without such a pattern.
    static func pattern(_ format: String) -> String? {
        switch format {
        case "date": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
        case "time": "^[0-9]{2}:[0-9]{2}:[0-9]{2}"
        case "date-time": "^[0-9]{4}-[0-9]{2}-[0-9]{2}[^0-9]"
        case "duration": "^P[0-9A-Z.,]+$"
        case "uuid": "^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}$"
        case "email": "@"
        case "ipv4": "^[0-9.]+$"
        case "ipv6": "^[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*$"
        case "uri": "^[A-Za-z][A-Za-z0-9+.-]*:"
        case "hostname": "^[A-Za-z0-9.-]+$"
        default: nil
        }
    }

    /// A simpler form of a format whose automaton is too large to be counted through beside `minLength` and
    /// `maxLength`.
    static func simple(_ format: String) -> (pattern: String, maxLength: Int)? {
        guard format == "uri" else { return nil }
        return ("^https?://[a-z0-9]+(?:[.-][a-z0-9]+)*(?:/[A-Za-z0-9._~-]+)*/?$", 100)
    }
}
