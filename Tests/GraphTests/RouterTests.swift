import Graph
import Tensors
import Testing

/// The builder's operations for experts.
@Suite struct RouterTests {
    private func error(_ build: (inout GraphBuilder) throws -> Void) -> GraphError? {
        var g = GraphBuilder()
        do {
            try build(&g)
            return nil
        } catch {
            return error as? GraphError
        }
    }

    private func experts(
        _ g: inout GraphBuilder, gate: ExpertMatrix?, up: (Int, WeightFormat) = (4 * 32, .q8_0), down: Int = 4 * 64,
        activation: ExpertActivation = .plain(.silu)
    ) throws -> Node {
        let x = try g.norm(g.input(columns: 64))
        let logits = try g.product(x, "router", rows: 4)
        return try g.experts(
            x, g.route(logits, Router(.softmax, used: 2)), gate: gate,
            up: ExpertMatrix(matrix("up", rows: up.0, columns: 64, up.1)),
            down: ExpertMatrix(matrix("down", rows: down, columns: 32, .q8_0)), activation: activation)
    }

    private func gate(
        rows: Int = 4 * 32, _ format: WeightFormat = .q8_0, range: Range<Int>? = nil
    ) throws -> ExpertMatrix {
        ExpertMatrix(try matrix("gate", rows: rows, columns: 64, format), rows: range)
    }

    @Test func `experts are a few operations`() throws {
        let program = try compile { g in try experts(&g, gate: gate()) }
        let text = program.description
        for part in [
            "route n2 to 2 of 4 experts, softmax", "gated routed product", "gate [4, 32, 64] Q8_0, up [4, 32, 64] Q8_0",
            "down [4, 64, 32] Q8_0", "weighted routed sum",
        ] {
            #expect(text.contains(part), "\(part) is not in\n\(text)")
        }
        let cost = try #require(program.costs.first { $0.operation == "gated routed product" })
        #expect(cost.multiplyAddsPerRow == 2 * 2 * 32 * 64)
        #expect(cost.rowBytes == 2 * 2 * 32 * 68)
        #expect(cost.shape == "2 of 4 x 32+32 x 64")
    }

    @Test func `a norm gives experts quantized rows`() throws {
        let names = try compile { g in try experts(&g, gate: gate()) }.costs.map(\.operation)
        #expect(names.contains("norm, quantize") && !names.contains("quantize"))
    }

    @Test func `experts need rows for each`() throws {
        #expect(error { g in _ = try experts(&g, gate: gate()) } == nil)
        #expect(error { g in _ = try experts(&g, gate: nil) } == nil)
        #expect(error { g in _ = try experts(&g, gate: gate(rows: 4 * 64, range: 32..<64)) } == nil)
        #expect(error { g in _ = try experts(&g, gate: gate(rows: 4 * 64, range: 40..<72)) } != nil)
        #expect(error { g in _ = try experts(&g, gate: gate(rows: 126)) } != nil)
        #expect(error { g in _ = try experts(&g, gate: gate(rows: 4 * 31)) } != nil)
        #expect(error { g in _ = try experts(&g, gate: gate(.f32)) } != nil)
        #expect(error { g in _ = try experts(&g, gate: gate(), up: (4 * 64, .q8_0)) } != nil)
        #expect(error { g in _ = try experts(&g, gate: gate(), down: 4 * 32) } != nil)
        #expect(
            error { g in _ = try experts(&g, gate: nil, activation: .clampedSwiGLU(alpha: 1.702, limit: 7)) } != nil)
    }

    @Test func `a router needs experts enough`() throws {
        func isError(_ router: Router, experts: Int = 8) -> Bool {
            error { g in _ = try g.route(g.input(columns: experts), router) } != nil
        }
        #expect(!isError(Router(.softmax, used: 8)))
        #expect(isError(Router(.softmax, used: 9)) && isError(Router(.softmax, used: 0)))
        var router = Router(.sigmoid, used: 4)
        router.groups = Router.Groups(count: 4, used: 2)
        #expect(!isError(router))
        for groups in [
            Router.Groups(count: 3, used: 2), Router.Groups(count: 4, used: 1), Router.Groups(count: 4, used: 5),
            Router.Groups(count: 0, used: 0), Router.Groups(count: 4, used: 2, bestCount: 3),
        ] {
            router.groups = groups
            #expect(isError(router), "\(groups)")
        }
        var biased = Router(.sigmoid, used: 2)
        biased.selectionBias = try ones("bias", 7)
        #expect(isError(biased))
        var scaled = Router(.sigmoid, used: 2)
        scaled.expertScales = try ones("scales", 9)
        #expect(isError(scaled))
    }
}
