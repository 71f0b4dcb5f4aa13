import Swiftlet
import TestSupport
import Testing

/// Whatever is wrong with a call, it throws, and all sequences are as they were.
@Suite struct EngineErrorTests {
    private let model: Model
    private let engine: Engine
    private let first: EngineSequence
    private let second: EngineSequence

    init() throws {
        model = try TinyModels.open("llama-f32.gguf")
        engine = try Engine(model, sequences: 3, stepTokens: 40)
        first = try engine.open()
        second = try engine.open()
        _ = try engine.bits([EngineEntry(first, TinyModels.prompt(model, 30)[...]), EngineEntry(second, [1, 2])])
    }

    private func expect(_ code: SwiftletError.Code, _ words: String, _ entries: [EngineEntry]) throws {
        let error = #expect(throws: SwiftletError.self) { try engine.bits(entries) }
        #expect(error?.code == code && error?.message.contains(words) == true, "\(String(describing: error))")
        #expect(try engine.length(of: first) == 30 && engine.length(of: second) == 2)
    }

    @Test func `wrong steps are errors`() throws {
        let closed = try engine.open()
        try engine.close(closed)
        let other = try Engine(model, sequences: 3)
        let foreign = try other.open()
        try expect(.invalidArgument, "no such sequence", [EngineEntry(second, [1]), EngineEntry(closed, [1])])
        try expect(.invalidArgument, "no such sequence", [EngineEntry(foreign, [1])])
        try expect(.invalidArgument, "twice", [EngineEntry(first, [1]), EngineEntry(first, [2])])
        try expect(.invalidArgument, "has no tokens", [EngineEntry(first, [1]), EngineEntry(second, [])])
        try expect(.invalidArgument, "1 to 40 tokens", [])
        let many = TinyModels.prompt(model, 39)
        try expect(
            .invalidArgument, "more tokens than the 40", [EngineEntry(first, [1, 2]), EngineEntry(second, many[...])])
        try expect(.contextFull, "30 are used", [EngineEntry(first, many[..<(model.contextLength - 29)])])
        try expect(.invalidArgument, "not in the vocabulary", [EngineEntry(second, [1]), EngineEntry(first, [-1])])
        let beyond = Token(model.vocabularySize)
        try expect(.invalidArgument, "not in the vocabulary", [EngineEntry(second, [beyond])])
    }

    @Test func `sequences that are not there, or for which there is no room, are errors`() throws {
        _ = try engine.fork(first)
        #expect(throws: SwiftletError.self) { try engine.open() }
        #expect(throws: SwiftletError.self) { try engine.fork(first) }
        try engine.close(second)
        #expect(throws: SwiftletError.self) { try engine.close(second) }
        #expect(throws: SwiftletError.self) { try engine.fork(second) }
        #expect(throws: SwiftletError.self) { try engine.truncate(second, to: 0) }
        #expect(throws: SwiftletError.self) { try engine.length(of: second) }
        // Its number is taken again, by another sequence.
        let third = try engine.open()
        #expect(third != second)
        #expect(try engine.length(of: third) == 0)
        #expect(throws: SwiftletError.self) { try engine.length(of: second) }
    }

    @Test func `a call within a step is an error, and the step goes on`() throws {
        var inner: SwiftletError?
        let entry = [EngineEntry(second, [3])]
        try engine.step(entry.span) { _, _ in
            do throws(SwiftletError) { _ = try engine.open() } catch { inner = error }
        }
        #expect(inner?.code == .invalidArgument)
        #expect(try engine.length(of: second) == 3)
    }

    @Test func `options out of their ranges are errors`() throws {
        func check(_ change: (inout EngineOptions) -> Void) {
            var options = EngineOptions()
            change(&options)
            #expect(throws: SwiftletError.self) { _ = try Engine(model, options) }
        }
        check { $0.runtime.threads = -1 }
        check { $0.runtime.threads = 1025 }
        check { $0.runtime.instructionSet = "none" }
        check { $0.contextLength = 0 }
        check { $0.contextLength = model.contextLength + 1 }
        check { $0.maxSequences = 0 }
        check { $0.stepTokens = 0 }
        check { $0.stepTokens = 65_537 }
        let encoder = try Model(path: Fixtures.path("models/bert-q8_0.gguf"))
        #expect(throws: SwiftletError.self) { _ = try Engine(encoder) }
    }
}
