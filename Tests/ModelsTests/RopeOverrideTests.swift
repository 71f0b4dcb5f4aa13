import GGUF
import Graph
import Models
import Swiftlet
import TestSupport
import Testing

/// Another rotary embedding than the file's.
@Suite struct RopeOverrideTests {
    private func rope(_ change: (inout RopeOptions) -> Void) -> RopeOptions {
        var options = RopeOptions()
        change(&options)
        return options
    }

    /// The frequencies of a tiny Llama's eight pairs.
    private func frequencies(
        _ overrides: RopeOverrides, _ change: (inout TinyModel) -> Void = { _ in }
    ) throws -> [Double] {
        var model = TinyModel("llama")
        change(&model)
        let folder = try TemporaryFolder()
        let file = try GGUFFile(path: folder.write(model.file.bytes, to: "model.gguf"))
        return try ModelDefinition(file, rope: overrides).graph(for: .nextToken).frequencies
    }

    @Test func `a scale divides all frequencies, or the slow ones`() throws {
        let own = try frequencies(RopeOverrides())
        var overrides = RopeOverrides()
        overrides.scale = 4
        #expect(try frequencies(overrides) == own.map { $0 / 4 })
        overrides.scaling = .yarn
        overrides.originalLength = 1_000
        let yarn = try frequencies(overrides)
        #expect(yarn.first == own.first && yarn.last == own[7] / 4)
        overrides.scaling = RopeOverrides.Scaling.none
        #expect(try frequencies(overrides) == own)
    }

    @Test func `what the file says is replaced in part`() throws {
        func linear(_ model: inout TinyModel) {
            model.set("rope.scaling.type", .string("linear"))
            model.set("rope.scaling.factor", .float32(2))
        }
        let own = try frequencies(RopeOverrides())
        #expect(try frequencies(RopeOverrides(), linear) == own.map { $0 / 2 })
        var overrides = RopeOverrides()
        overrides.scale = 8
        #expect(try frequencies(overrides, linear) == own.map { $0 / 8 })
        (overrides.scale, overrides.scaling) = (nil, RopeOverrides.Scaling.none)
        #expect(try frequencies(overrides, linear) == own)
        overrides = RopeOverrides()
        overrides.base = 100
        let other = try frequencies(overrides, linear)
        #expect(other[0] == 0.5 && abs(other[4] - 0.05) < 1e-9)
    }

    @Test func `layers with a base of their own keep it`() throws {
        func change(_ model: inout TinyModel) {
            model.set("attention.sliding_window", .uint32(4))
            model.set("attention.sliding_window_pattern", .bools([true]))
        }
        var model = TinyModel("gemma3")
        change(&model)
        let folder = try TemporaryFolder()
        let file = try GGUFFile(path: folder.write(model.file.bytes, to: "model.gguf"))
        var overrides = RopeOverrides()
        (overrides.base, overrides.scale) = (100, 4)
        let own = try ModelDefinition(file).graph(for: .nextToken).frequencies
        let other = try ModelDefinition(file, rope: overrides).graph(for: .nextToken).frequencies
        // Of the layers without a window, then of those with.
        #expect(own.count == 16 && own[8...] == other[8...] && own[1] != other[1])
    }

    @Test func `a scale makes the context longer`() throws {
        let path = Fixtures.path("models/llama-f32.gguf")
        let own = try Model(path: path).contextLength
        #expect(try Model(path: path, rope: rope { $0.scale = 2.5 }).contextLength == own * 5 / 2)
        #expect(try Model(path: path, rope: rope { $0.base = 1e6 }).contextLength == own)
        let long = try Model(path: path, rope: rope { ($0.scaling, $0.scale) = (.yarn, 4) })
        var session = try Session(long)
        try session.append([Token](repeating: 5, count: own + 10))
        #expect(session.position == own + 10)
        #expect(try long.identity != Model(path: path).identity)
    }

    @Test(arguments: [0.5, 0, -1, .nan, .infinity]) func `a scale below 1 is refused`(scale: Double) throws {
        let error = #expect(throws: SwiftletError.self) {
            _ = try Model(path: Fixtures.path("models/llama-f32.gguf"), rope: rope { $0.scale = scale })
        }
        #expect(error?.code == .invalidArgument && error?.message.contains("rope scale") == true)
    }

    @Test(arguments: [1, 0, -5, .nan, .infinity]) func `a base up to 1 is refused`(base: Double) throws {
        let error = #expect(throws: SwiftletError.self) {
            _ = try Model(path: Fixtures.path("models/llama-f32.gguf"), rope: rope { $0.base = base })
        }
        #expect(error?.code == .invalidArgument && error?.message.contains("rope base") == true)
    }

    @Test(arguments: ["gpt2-f32", "mamba-f32", "bert-f16", "phi-longrope-f32"])
    func `a model that does not rotate, or has factors of its own, is named`(name: String) throws {
        let error = #expect(throws: SwiftletError.self) {
            _ = try Model(path: Fixtures.path("models/\(name).gguf"), rope: rope { $0.scale = 2 })
        }
        #expect(error?.code == .invalidArgument && error?.message.contains(name) == true)
    }

    /// Each token turns by the length that its prompt reaches, however the prompt is divided into steps.
    @Test func `a dynamic rope gives the same in steps of any size`() throws {
        let model = try Model(
            path: Fixtures.path("models/llama-f32.gguf"),
            rope: rope { ($0.scaling, $0.scale, $0.originalContextLength) = (.dynamic, 4, 8) })
        let tokens: [Token] = (0..<40).map { 3 + $0 * 7 % 250 }
        func logits(stepTokens: Int, parts: [Int]) throws -> [Float] {
            var options = SessionOptions()
            options.stepTokens = stepTokens
            var session = try Session(model, options)
            var first = 0
            for count in parts {
                try session.append(Array(tokens[first..<first + count]))
                first += count
            }
            return try #require(session.withLogits { row in row.indices.map { row[$0] } })
        }
        let whole = try logits(stepTokens: 512, parts: [40])
        func distance(_ other: [Float]) -> Float { zip(whole, other).map { abs($0 - $1) }.max() ?? .infinity }
        for stepTokens in [3, 16] { #expect(try logits(stepTokens: stepTokens, parts: [40]) == whole) }
        // What is held keeps the rotation that it was taken in with.
        #expect(distance(try logits(stepTokens: 512, parts: [20, 20])) > 1e-3)
    }
}
