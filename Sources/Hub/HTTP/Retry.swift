/// When a request is sent again.
struct Retry {
    private let maxTries: Int
    private let firstDelay: Double
    private var failures = 0

    /// The longest pause that a server may ask for, in seconds; who asks for more is told to the user instead.
    private static let maxPause = 60.0

    init(_ settings: HubSettings) {
        maxTries = settings.maxTries
        firstDelay = settings.firstDelay
    }

    /// Whether the status may be another one soon.
    static func mayHelp(_ status: Int) -> Bool { [408, 425, 429, 500, 502, 503, 504].contains(status) }

    /// Bytes arrived: the next failure is the first.
    mutating func succeeded() { failures = 0 }

    /// Seconds until the next try, nil when there were enough.
    ///
    /// - Parameter field: `Retry-After` in seconds; a date is not read, since clocks differ.
    mutating func next(after field: String?) -> Double? {
        failures += 1
        guard failures < maxTries else { return nil }
        var delay = firstDelay
        for _ in 1..<failures { delay *= 2 }
        guard let field, let asked = Double(field), asked >= 0 else { return min(delay, Self.maxPause) }
        return asked <= Self.maxPause ? max(asked, delay) : nil
    }
}
