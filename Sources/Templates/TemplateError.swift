/// Why a template could not be read or rendered.
package struct TemplateError: Error, Equatable, Sendable, CustomStringConvertible {
    package enum Kind: String, Sendable {
        /// The source breaks a rule of the language.
        case syntax
        /// The language has it, this engine does not.
        case unsupported
        /// A value that does not exist was used.
        case undefined
        /// An operation does not take such a value.
        case type
        /// An argument is missing, unknown, or out of its range.
        case value
        /// A number does not fit.
        case overflow
        /// A limit of ``TemplateLimits`` was reached.
        case limit
        /// The template itself refuses its input, by `raise_exception`.
        case raised
    }

    package let kind: Kind
    /// Of the source, from 1.
    package internal(set) var line: Int
    /// The problem and how to fix it.
    package let message: String

    init(_ kind: Kind, _ message: String, line: Int = 0) {
        self.kind = kind
        self.message = message
        self.line = line
    }

    package var description: String { "line \(line): \(message)" }

    /// The same with a line, where it has none yet.
    func at(_ line: Int) -> TemplateError {
        guard self.line == 0 else { return self }
        var error = self
        error.line = line
        return error
    }

    static func unsupported(_ what: String) -> TemplateError {
        TemplateError(.unsupported, "\(what) is not supported: rewrite the template without it")
    }

    static func missing(_ what: String) -> TemplateError {
        TemplateError(.undefined, "\(what): pass it to the template, or test it with 'is defined'")
    }
}

extension String {
    /// For messages: in quotes, at most 80 characters, control characters escaped.
    var quoted: String { count <= 80 ? debugDescription : "\(prefix(80))...".debugDescription }
}
