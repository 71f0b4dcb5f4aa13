/// How much a template may use. Templates come from files and are not to be trusted.
package struct TemplateLimits: Sendable, Equatable {
    /// Bytes of source.
    package var sourceBytes = 1 << 20
    /// Blocks and parentheses within one another.
    package var nesting = 64
    /// Instructions, and for every 16 bytes that a string operation reads one more.
    package var steps = 20_000_000
    /// Bytes of all values made while rendering, whether still in use or not.
    package var memoryBytes = 256 << 20
    /// Bytes of output.
    package var outputBytes = 32 << 20
    /// Macros that call one another.
    package var callDepth = 64
    /// Lists and dictionaries within one another.
    package var valueDepth = 64

    package init() {}
}

/// Counts what a rendering uses.
final class Meter {
    let limits: TemplateLimits
    private var steps: Int
    private var memory: Int

    init(_ limits: TemplateLimits) {
        self.limits = limits
        steps = limits.steps
        memory = limits.memoryBytes
    }

    @inline(__always)
    func step() throws(TemplateError) {
        steps &-= 1
        if steps < 0 { throw Self.exhausted("\(limits.steps) steps", "steps") }
    }

    /// Charges an operation that reads `count` bytes or values.
    func work(_ count: Int) throws(TemplateError) {
        let (left, overflow) = steps.subtractingReportingOverflow(count >> 4 + 1)
        guard !overflow, left >= 0 else { throw Self.exhausted("\(limits.steps) steps", "steps") }
        steps = left
    }

    /// Charges memory before it is allocated. `count` is never negative.
    func allocate(_ count: Int, each: Int = 1) throws(TemplateError) {
        let (bytes, tooMany) = count.multipliedReportingOverflow(by: each)
        let (left, overflow) = memory.subtractingReportingOverflow(bytes)
        guard !tooMany, !overflow, left >= 0 else {
            throw Self.exhausted("\(limits.memoryBytes) bytes of memory", "memoryBytes")
        }
        memory = left
        try work(bytes)
    }

    func output(_ bytes: Int) throws(TemplateError) {
        if bytes > limits.outputBytes { throw Self.exhausted("\(limits.outputBytes) bytes of output", "outputBytes") }
    }

    func depth(_ depth: Int) throws(TemplateError) {
        guard depth > limits.valueDepth else { return }
        throw Self.exhausted("\(limits.valueDepth) lists within one another", "valueDepth")
    }

    static func exhausted(_ what: String, _ name: String) -> TemplateError {
        TemplateError(.limit, "the template needs more than \(what): use another, or raise the limit '\(name)'")
    }
}
