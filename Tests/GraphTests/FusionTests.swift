import Graph
import Tensors
import TestSupport
import Testing

/// What all passes together join into one operation, and what they must leave apart.
@Suite struct FusionTests {
    private static let heads = Heads(queries: 4, keyValues: 2, keyDimension: 16, valueDimension: 16)

    @Test func `a decoder layer is ten operations`() throws {
        let program = try compile { g in
            let x = try g.input()
            let n = try g.norm(x)
            let q = try g.product(n, "q", .q8_0)
            let k = try g.product(n, "k", rows: 32, .q8_0)
            let v = try g.product(n, "v", rows: 32, .q8_0)
            let attended = try g.attention(
                q, .cache(layer: 0, append: KeyValues(keys: k, values: v)), Self.heads, mask: .causal,
                scale: 1)
            let y = try g.add(x, g.product(attended, "o", .q8_0))
            let m = try g.norm(y)
            let gate = try g.product(m, "gate", rows: 96, .q8_0)
            let up = try g.product(m, "up", rows: 96, .q8_0)
            let gated = try g.multiply(g.activate(gate, .silu), up)
            return try g.add(y, g.product(gated, "down", .q8_0))
        }
        #expect(
            program.outline == [
                "embedding", "norm, quantize", "product 3", "store", "attention", "checkpoint", "quantize",
                "product 1 + residual", "norm, quantize", "gated product, quantized", "product 1 + residual",
            ])
        #expect(program.weights == ["q k v", "o", "gate up", "down"])
        #expect(program.states == [.keyValues(keyColumns: 32, valueColumns: 32, window: nil)])
    }

    @Test(arguments: [true, false]) func `the gate may stand on either side`(gateFirst: Bool) throws {
        let program = try compile { g in
            let x = try g.input()
            let up = try g.product(x, "up")
            let gate = try g.product(x, "gate")
            let activated = g.activate(gate, .gelu)
            return try gateFirst ? g.multiply(activated, up) : g.multiply(up, activated)
        }
        #expect(program.outline == ["embedding", "gated product"])
        #expect(program.weights == ["gate up"])
        #expect(program.terms.count == 2 && program.terms[0].out == program.terms[1].out)
    }

    @Test func `a gate and other products of one input are two operations`() throws {
        let program = try compile { g in
            let x = try g.input()
            let other = try g.product(x, "other")
            let gate = try g.product(x, "gate")
            let up = try g.product(x, "up")
            return try g.add(g.multiply(g.activate(gate, .silu), up), g.activate(other, .relu))
        }
        #expect(program.outline.sorted() == ["add", "embedding", "gated product", "product 1, activated"])
    }

    @Test func `a gate and an up of two inputs stay apart`() throws {
        let program = try compile { g in
            let x = try g.input()
            let gate = try g.product(x, "gate")
            let up = try g.product(g.norm(x), "up")
            return try g.multiply(g.activate(gate, .silu), up)
        }
        #expect(program.outline.sorted() == ["embedding", "multiply", "norm", "product 1", "product 1, activated"])
    }

    /// Which of a gate's values something else reads too.
    enum SecondUse: CaseIterable { case gate, activated, up }

    @Test(arguments: SecondUse.allCases) func `a gate that is read twice is not fused`(use: SecondUse) throws {
        let program = try compile { g in
            let x = try g.input()
            let gate = try g.product(x, "gate")
            let up = try g.product(x, "up")
            let activated = g.activate(gate, .silu)
            let gated = try g.multiply(activated, up)
            let second =
                switch use {
                case .gate: gate
                case .activated: activated
                case .up: up
                }
            return try g.multiply(gated, second)
        }
        #expect(program.outline.contains { $0.hasPrefix("product 2") } && !program.outline.contains("gated product"))
    }

    @Test func `two activated products are no gate`() throws {
        let program = try compile { g in
            let x = try g.input()
            let a = try g.product(x, "a")
            let b = try g.product(x, "b")
            return try g.multiply(g.activate(a, .silu), g.activate(b, .silu))
        }
        #expect(program.outline == ["embedding", "product 2, activated, activated", "multiply"])
    }

    @Test func `a product times itself activated is not fused`() throws {
        let program = try compile { g in
            let a = try g.product(g.input(), "a")
            return try g.multiply(g.activate(a, .silu), a)
        }
        #expect(program.outline == ["embedding", "product 1", "activate", "multiply"])
    }

    @Test func `an activation runs in the product before it, a residual is added after`() throws {
        let program = try compile { g in
            let x = try g.input()
            let up = g.activate(try g.product(x, "up", rows: 96), .gelu)
            let down = g.activate(try g.product(up, "down"), .tanh)
            return try g.add(x, down)
        }
        #expect(program.outline == ["embedding", "product 1, activated", "product 1, activated", "add"])
        #expect(program.terms.map(\.activation) == [.gelu, .tanh])
    }

    @Test func `a result that only quantized weights read is never stored as floats`() throws {
        let program = try compile { g in
            let x = try g.input()
            let up = g.activate(try g.product(x, "up", rows: 96), .gelu)
            return try g.add(g.product(up, "a", .q8_0), g.product(up, "b", .q4_0))
        }
        #expect(program.outline == ["embedding", "product 1, activated, quantized", "product 2", "add"])
        #expect(program.products.last?.floats == nil && program.products.last?.quantized == program.terms[0].out)
    }

    /// The operation between two products, and how the second one's input is stored.
    @Test(arguments: [
        (Activation.gelu, WeightFormat.q8_0, Storage.geluGroups),
        (.gelu, .f16, .byteGroups),  // its product makes floats for all rows at once
        (.silu, .q8_0, .byteGroups),
    ])
    func `packed weights are multiplied by bytes in groups`(
        activation: Activation, up: WeightFormat, stored: Storage
    ) throws {
        let program = try compile(.packed) { g in
            let x = try g.norm(g.input())
            let up = g.activate(try g.product(x, "up", rows: 96, up), activation)
            return try g.add(x, g.product(up, "down", .q4_0))
        }
        #expect(program.outline.suffix(2) == ["product 1, activated, quantized", "product 1 + residual"])
        #expect(program.products.last.map { program.buffers[$0.quantized?.index ?? 0].storage } == stored)
    }

    @Test(arguments: [WeightLayout.blocks, .packed])
    func `a gate in floats beside a quantized one is not fused where that reads packed weights`(
        layout: WeightLayout
    ) throws {
        let program = try compile(layout) { g in
            let x = try g.input()
            return try g.multiply(g.activate(g.product(x, "gate", .q8_0), .silu), g.product(x, "up"))
        }
        #expect(
            program.outline
                == (layout == .blocks
                    ? ["embedding", "quantize", "gated product"]
                    : ["embedding", "quantize", "product 2, activated", "multiply"]))
    }

    /// Another reader of a result that quantized weights read.
    enum FloatUse: CaseIterable { case sum, floatWeights, output }

    @Test(arguments: FloatUse.allCases) func `a result that something reads as floats is stored as such`(
        use: FloatUse
    ) throws {
        let program = try compile { g in
            let up = try g.product(g.input(), "up")
            let down = try g.product(up, "down", .q8_0)
            return switch use {
            case .sum: try g.add(up, down)
            case .floatWeights: try g.add(down, g.product(up, "other", .f16))
            case .output: up
            }
        }
        #expect(program.outline.contains("quantize") && !program.outline.contains { $0.hasSuffix("quantized") })
    }

    @Test(arguments: [true, false]) func `a residual is added by the product`(residualFirst: Bool) throws {
        let program = try compile { g in
            let x = try g.input()
            let y = try g.product(x, "w")
            return try residualFirst ? g.add(x, y) : g.add(y, x)
        }
        #expect(program.outline == ["embedding", "product 1 + residual"])
        #expect(program.terms[0].out == program.output)
    }

    @Test func `a sum of two products is not a residual of both`() throws {
        let program = try compile { g in
            let x = try g.input()
            return try g.add(g.product(x, "a"), g.product(x, "b"))
        }
        #expect(program.outline == ["embedding", "product 2", "add"])
    }

    @Test func `a product twice in a sum is not fused`() throws {
        let program = try compile { g in
            let a = try g.product(g.input(), "a")
            return try g.add(a, a)
        }
        #expect(program.outline == ["embedding", "product 1", "add"])
    }

    @Test func `a product that something else reads keeps its own value`() throws {
        let program = try compile { g in
            let x = try g.input()
            let a = try g.product(x, "a")
            return try g.multiply(g.add(x, a), a)
        }
        #expect(program.outline == ["embedding", "product 1", "add", "multiply"])
    }

    @Test func `a product that is the result keeps its own value`() throws {
        let program = try compile { g in
            let x = try g.input()
            let a = try g.product(x, "a")
            _ = try g.add(x, a)
            return a
        }
        #expect(program.outline == ["embedding", "product 1", "add"])
        #expect(program.terms[0].out == program.output)
    }

    @Test func `a residual that is not there yet is added later`() throws {
        let program = try compile { g in
            let x = try g.input()
            let a = try g.product(x, "a")
            let b = g.activate(try g.norm(x), .relu)
            return try g.add(a, b)
        }
        #expect(program.outline == ["embedding", "product 1", "norm", "activate", "add"])
    }

    @Test func `a chain of products adds each to the next`() throws {
        let program = try compile { g in
            let x = try g.input()
            let a = try g.product(x, "a")
            let b = try g.product(g.activate(x, .relu), "b")
            return try g.add(a, b)
        }
        #expect(program.outline == ["embedding", "product 1", "activate", "product 1 + residual"])
    }

    @Test func `an input is quantized once for all its products`() throws {
        let program = try compile { g in
            let x = try g.input()
            let a = try g.product(x, "a", .q8_0)
            let b = try g.product(x, "b", .q4_0)
            return try g.multiply(g.activate(a, .relu), g.activate(b, .relu))
        }
        #expect(program.outline == ["embedding", "quantize", "product 2, activated, activated", "multiply"])
    }

    @Test func `quantized and float weights of one input share an operation`() throws {
        let program = try compile { g in
            let n = try g.norm(g.input())
            let a = try g.product(n, "a", .q8_0)
            let b = try g.product(n, "b", .f16)
            return try g.multiply(a, g.activate(b, .relu))
        }
        let product = try #require(program.products.first)
        #expect(product.floats != nil && product.quantized != nil && product.termCount == 2)
    }

    @Test func `a norm that only float weights read is not quantized`() throws {
        let program = try compile { g in try g.product(g.norm(g.input()), "a", .bf16) }
        #expect(program.outline == ["embedding", "norm", "product 1"])
        let product = try #require(program.products.first)
        #expect(product.floats != nil && product.quantized == nil)
    }

    @Test func `a slice of a norm is quantized by itself`() throws {
        let program = try compile { g in
            let n = try g.norm(g.input())
            return try g.product(g.slice(n, 32..<64), "a", .q8_0)
        }
        #expect(program.outline == ["embedding", "norm", "quantize", "product 1"])
    }

    @Test func `a slice is no operation and shares the bytes of its whole`() throws {
        let program = try compile { g in
            let fused = try g.product(g.input(), "qkv", rows: 96)
            return try g.slice(g.slice(fused, 32..<96), 8..<24)
        }
        #expect(program.outline == ["embedding", "product 1"])
        let slice = program.buffers[program.output.index]
        let whole = program.buffers[program.terms[0].out.index]
        #expect(slice.firstColumn == 40 && slice.columns == 16 && slice.stride == 96)
        #expect(slice.offset == whole.offset)
    }

    @Test func `descriptions name weights and shapes`() throws {
        var g = GraphBuilder()
        let x = try g.selectRows(g.norm(g.input()))
        let y = try g.linear(x, matrix("output.weight", rows: 96, columns: 64, .q8_0), bias: ones("output.bias", 96))
        let graph = g.graph(output: y)
        let description = graph.description
        for expected in [
            "embedding (F32)", "RMSNorm n0, norm", "[tokens, 64]", "[outputs, 96]", "output.weight [96, 64] Q8_0",
            "+ output.bias", "result: n3",
        ] {
            #expect(description.contains(expected), "\(expected) in \(description)")
        }
        let program = graph.compile().description
        for expected in ["n3@outputs 384 = product", "output.weight", "embedding", "quantize", "result: n3@outputs"] {
            #expect(program.contains(expected), "\(expected) in \(program)")
        }
    }
}
