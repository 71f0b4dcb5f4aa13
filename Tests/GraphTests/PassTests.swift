import Graph
import Tensors
import TestSupport
import Testing

/// Each pass by itself: what it joins, and that nothing else changes.
@Suite struct PassTests {
    private func stated(
        layout: WeightLayout = .blocks, _ build: (inout GraphBuilder) throws -> Node
    ) throws -> Graph {
        var builder = GraphBuilder()
        let output = try build(&builder)
        var graph = builder.graph(output: output)
        graph.weightLayout = layout
        return graph
    }

    /// Two products of one norm, one activated, the other with a residual; weights of 8 bits.
    private static func block(_ g: inout GraphBuilder) throws -> Node {
        let x = try g.input()
        let n = try g.norm(x)
        let up = g.activate(try g.product(n, "up", .q8_0), .gelu)
        let other = try g.add(x, g.product(n, "other", .q8_0))
        return try g.add(g.product(up, "down", .q8_0), other)
    }

    @Test func `a graph states a product by itself`() throws {
        let graph = try stated(Self.block)
        #expect(
            graph.outline == [
                "embedding", "norm", "product 1", "activate", "product 1", "add", "product 1", "add",
            ])
    }

    @Test func `gates joins a gate's two products and nothing else`() throws {
        let graph = try stated { g in
            let x = try g.input()
            let gate = try g.product(x, "gate")
            let up = try g.product(x, "up")
            let gated = try g.multiply(up, g.activate(gate, .silu))
            return try g.add(x, g.product(gated, "down"))
        }
        let joined = Fuse.gates(graph)
        #expect(joined.outline == ["embedding", "gated product", "product 1", "add"])
        #expect(joined.terms.map { joined.name(of: $0.weights) } == ["gate", "up", "down"])
        #expect(joined.terms[0].out == joined.terms[1].out)
    }

    @Test func `gates leaves one of floats and a packed one apart`() throws {
        for layout in [WeightLayout.blocks, .packed] {
            let graph = try stated(layout: layout) { g in
                let x = try g.input()
                return try g.multiply(g.activate(g.product(x, "gate", .q8_0), .silu), g.product(x, "up"))
            }
            #expect(Fuse.gates(graph).outline.contains("gated product") == (layout == .blocks))
        }
    }

    @Test func `activations run in the products that they alone read`() throws {
        let joined = Fuse.activations(try stated(Self.block))
        #expect(
            joined.outline == [
                "embedding", "norm", "product 1, activated", "product 1", "add", "product 1", "add",
            ])
    }

    @Test func `inputs joins the products of one input where the first one was`() throws {
        let joined = Fuse.inputs(try stated(Self.block))
        #expect(joined.outline == ["embedding", "norm", "product 2", "activate", "add", "product 1", "add"])
        #expect(joined.terms.map { joined.name(of: $0.weights) } == ["up", "other", "down"])
    }

    @Test func `residuals are added by the product that is computed last`() throws {
        let joined = Fuse.residuals(try stated(Self.block))
        #expect(
            joined.outline == [
                "embedding", "norm", "product 1", "activate", "product 1 + residual", "product 1 + residual",
            ])
        #expect(joined.terms[2].out == joined.output)
    }

    @Test func `quantization gives products of 8 bits what they read, once`() throws {
        let lowered = Fuse.quantization(try stated(Self.block))
        #expect(
            lowered.outline == [
                "embedding", "norm, quantize", "product 1", "activate", "product 1", "add", "quantize", "product 1",
                "add",
            ])
        #expect(lowered.operations.compactMap(\.product).allSatisfy { $0.floats == nil && $0.quantized != nil })
    }

    @Test func `quantization leaves float weights alone`() throws {
        let graph = try stated { g in try g.product(g.norm(g.input()), "w", .f16) }
        #expect(Fuse.quantization(graph).outline == graph.outline)
    }

    /// A pass finds all that it could join, and keeps the operations in an order that can run.
    @Test(arguments: 0..<100) func `a pass done twice is a pass done once`(seed: Int) throws {
        var (graph, layout) = try randomGraph(seed: seed)
        graph.weightLayout = layout
        for pass in Fuse.passes {
            graph = pass(graph)
            try expectOrder(graph)
            #expect(graph.terms.count == graph.operations.reduce(0) { $0 + ($1.product?.termCount ?? 0) })
        }
        for pass in Fuse.passes { #expect(pass(graph).outline == graph.outline) }
    }

    /// Every value is written before it is read, once.
    private func expectOrder(_ graph: Graph) throws {
        var written: Set<Node> = []
        for operation in graph.operations {
            for node in operation.reads(graph) { #expect(written.contains(graph.whole(node))) }
            for node in operation.writes(graph) { #expect(written.insert(node).inserted) }
        }
        #expect(written.contains(graph.whole(graph.output)))
    }
}
