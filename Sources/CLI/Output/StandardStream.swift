import Foundation

/// Standard output or error, unbuffered: a piece of text is out when `write` returns.
struct StandardStream: Sendable {
    static let output = StandardStream(descriptor: STDOUT_FILENO, name: "standard output")
    static let error = StandardStream(descriptor: STDERR_FILENO, name: "standard error")

    private let descriptor: CInt
    private let name: String

    /// Whether a person sees it.
    var isTerminal: Bool { isatty(descriptor) == 1 }

    /// Whether it may have colours (https://no-color.org).
    var hasColours: Bool {
        let environment = ProcessInfo.processInfo.environment
        return isTerminal && environment["NO_COLOR", default: ""].isEmpty && environment["TERM"] != "dumb"
    }

    /// - Throws: `Failure` when it cannot be written to.
    func write(_ text: String) throws(Failure) {
        try write(Array(text.utf8))
    }

    func write(_ bytes: [UInt8]) throws(Failure) {
        try Descriptor(raw: descriptor, name: name).write(bytes)
    }

    /// The text in the style, where the stream has colours.
    func styled(_ text: String, _ style: Style) -> String {
        hasColours ? "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m" : text
    }

    enum Style: String {
        case bold = "1"
        case dim = "2"
        case red = "1;31"
    }

    /// Prints `swiftlet: error: ...` on standard error; there is nowhere to report that this failed.
    static func printError(_ text: String) {
        try? error.write("swiftlet: \(error.styled("error:", .red)) \(text)\n")
    }

    /// Prints `swiftlet: warning: ...` on standard error.
    static func printWarning(_ text: String) { printNote("warning: \(text)") }

    /// Prints `swiftlet: ...` on standard error.
    static func printNote(_ text: String) {
        try? error.write("swiftlet: \(text)\n")
    }
}
