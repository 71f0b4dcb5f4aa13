/// A chat template: the part of Jinja that real ones use, as `transformers` renders it.
///
/// ```swift
/// let template = try Template(source)
/// let rendering = try template.render(["messages": messages, "bos_token": .trusted("<s>")])
/// ```
///
/// A template is immutable and may be rendered on many threads at once.
package struct Template: Sendable {
    private let program: Program
    private let limits: TemplateLimits

    /// Reads a template.
    ///
    /// - Throws: ``TemplateError`` of the kinds `syntax`, `unsupported` and `limit`.
    package init(_ source: String, limits: TemplateLimits = TemplateLimits()) throws(TemplateError) {
        program = try Parser.program(of: source, limits)
        self.limits = limits
    }

    /// Whether the template reads a variable, for example `tools`, anywhere; it need not come to do so.
    package func reads(_ name: String) -> Bool {
        program.code.contains { instruction in
            if case .load(let index) = instruction { program.names[index] == name } else { false }
        }
    }

    /// Renders the template.
    ///
    /// - Parameters:
    ///   - context: the variables.
    ///   - now: what `strftime_now` tells; without it a template that asks fails.
    package func render(_ context: [String: TemplateValue], now: CivilTime? = nil) throws(TemplateError) -> Rendering {
        var machine = try Machine(program, context, Meter(limits), now)
        return Rendering(try machine.run())
    }
}

/// The output of a template.
package struct Rendering: Sendable, Equatable {
    /// A piece of the output that comes from one side.
    package struct Segment: Sendable, Equatable {
        package let text: String
        /// Whether it came from outside of the template. Control tokens spelt out in such text are not to be believed.
        package let isFromInput: Bool
    }

    /// In order, not empty, from the two sides in turn.
    package let segments: [Segment]

    /// The whole output.
    package var text: String { segments.map(\.text).joined() }

    init(_ text: Text) {
        var segments: [Segment] = []
        var done = 0
        func append(until end: Int, isFromInput: Bool) {
            guard end > done else { return }
            let piece = String(decoding: text.bytes[done..<end], as: UTF8.self)
            segments.append(Segment(text: piece, isFromInput: isFromInput))
            done = end
        }
        for range in text.input {
            append(until: range.lowerBound, isFromInput: false)
            append(until: range.upperBound, isFromInput: true)
        }
        append(until: text.count, isFromInput: false)
        self.segments = segments
    }
}
