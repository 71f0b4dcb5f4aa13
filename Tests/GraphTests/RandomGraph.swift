import Graph
import Tensors
import TestSupport

/// A graph of up to 40 random operations on the values so far, later ones more often than earlier ones, and a layout.
func randomGraph(seed: Int) throws -> (Graph, WeightLayout) {
    var random = SeededRandom(seed: seed)
    var g = GraphBuilder()
    var nodes: [Node] = [try g.input(columns: 64)]
    let table = try g.ropeTable(RoPE(rotated: 8, base: 10_000, pairing: .neox))
    for index in 0..<5 + random.below(36) {
        nodes.append(try randomOperation(index, &g, nodes, table, &random))
    }
    let output = random.chance(0.3) ? random.pick(nodes) : nodes[nodes.count - 1]
    return (g.graph(output: output), random.chance(0.5) ? .blocks : .packed)
}

private func randomOperation(
    _ index: Int, _ g: inout GraphBuilder, _ nodes: [Node], _ table: Node, _ random: inout SeededRandom
) throws -> Node {
    let x = random.chance(0.6) ? nodes[nodes.count - 1] : random.pick(nodes)
    let shape = g.shape(of: x)
    let format = random.pick([WeightFormat.f32, .f16, .q8_0, .q4_0])
    switch random.below(18) {
    case 0: return try g.norm(x)
    case 1, 2: return try g.product(x, "w\(index)", rows: random.pick([32, 64, 96]), format)
    case 3: return g.activate(x, random.pick(Activation.allCases))
    case 4, 5:
        let same = nodes.filter { g.shape(of: $0) == shape }
        let other = random.pick(same)
        return try random.chance(0.7) ? g.add(x, other) : g.multiply(x, other)
    case 6: return try g.add(x, g.product(g.norm(x), "w\(index)", rows: shape.columns, format))
    case 7:
        let gate = try g.product(x, "gate\(index)", rows: 64, format)
        let up = try g.product(x, "up\(index)", rows: 64, random.pick([format, .f32]))
        return try g.multiply(g.activate(gate, .silu), up)
    case 8 where shape.columns > 32:
        let first = 32 * random.below(shape.columns / 32)
        return try g.slice(x, first..<first + 32)
    case 9 where shape.domain == .tokens:
        return try g.rope(x, table: table, headDimension: 16, pairing: .neox)
    case 10 where shape.domain == .tokens:
        let heads = Heads(queries: shape.columns / 16, keyValues: 2, keyDimension: 16, valueDimension: 16)
        let keys = try g.product(x, "k\(index)", rows: 32, format)
        let values = try g.product(x, "v\(index)", rows: 32, format)
        let source =
            random.chance(0.5)
            ? KeySource.cache(layer: index, append: KeyValues(keys: keys, values: values))
            : .batch(KeyValues(keys: keys, values: values))
        return try g.attention(x, source, heads, mask: .causal, scale: 0.25)
    case 11 where shape.domain == .tokens && random.chance(0.3): return try g.selectRows(x)
    case 12: return try g.softcap(g.scale(x, by: 2), at: 30)
    case 13:
        let factors = try g.product(x, "factors\(index)", rows: 1, .f32)
        return try g.scaleRows(g.clampedSwiGLU(x, g.clamp(x, low: -1, high: 1)), by: factors)
    case 14:
        let logits = try g.product(x, "router\(index)", rows: 4, .f32)
        func expert(_ name: String, _ rows: Int, _ columns: Int) throws -> ExpertMatrix {
            ExpertMatrix(try matrix("\(name)\(index)", rows: 4 * rows, columns: columns, format))
        }
        return try g.experts(
            x, g.route(logits, Router(.softmax, used: 2)), gate: expert("gate", 96, shape.columns),
            up: expert("up", 96, shape.columns), down: expert("down", shape.columns, 96), activation: .plain(.silu))
    case 15 where shape.domain == .tokens:
        let convolved = try g.causalConvolution(x, matrix("conv\(index)", rows: shape.columns, columns: 4))
        let b = try g.product(x, "b\(index)", rows: 16, format)
        return try g.selectiveScan(
            convolved, delta: g.activate(x, .softplus), a: matrix("a\(index)", rows: shape.columns, columns: 16), b: b,
            c: g.scale(b, by: 2), d: ones("d", shape.columns))
    case 16 where shape.domain == .tokens:
        let b = try g.product(x, "b\(index)", rows: 32, format)
        let delta = try g.activate(g.product(x, "delta\(index)", rows: 8, .f32), .softplus)
        return try g.headScan(
            x, delta: delta, a: ones("a\(index)", 8), b: b, c: g.scale(b, by: 2), d: ones("d", 8), groups: 2)
    case 17 where shape.domain == .tokens && shape.columns % 32 == 0:
        let shifted = try g.tokenShift(x)
        let gates = try g.activate(g.product(x, "gates\(index)", rows: 4, .f32), .sigmoid)
        let half = shape.columns / 2
        let attended = try g.gatedDeltaRule(
            query: g.slice(x, 0..<half), queryScale: 1, key: g.slice(x, half..<2 * half), keyScale: 1,
            value: g.addColumns(shifted, ones("v", shape.columns)), decay: gates, rate: gates, keyHeads: 2, .tiled)
        let bonus = try g.headBonus(
            receptance: x, key: shifted, ones("bonus", shape.columns), value: attended, headDimension: 16)
        return try g.wkv(
            receptance: x, decay: g.activate(x, .sigmoid), key: shifted, value: bonus,
            removal: random.chance(0.5) ? WKVRemoval(x, replacement: shifted) : nil, headDimension: 16)
    default: return try g.normHeads(x, .rms, weight: ones("heads", 16), epsilon: 1e-5)
    }
}
