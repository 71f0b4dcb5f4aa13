internal import Tensors

extension Graph {
    /// The instructions for this graph: fused where that saves memory traffic, every buffer placed by liveness.
    ///
    /// - Parameter layout: how its products read quantized weights.
    package func compile(_ layout: WeightLayout = .blocks) -> Program {
        var compiler = Compiler(graph: self, layout: layout)
        compiler.lower()
        return compiler.program()
    }
}

/// Lowers a graph to instructions.
///
/// What is fused: products of one input run as one instruction; `activation(gate) * up` with both its products; a residual
/// addition, an activation or a bias into the product before it; the quantization of a norm's result into the norm, and that
/// of a product's into the product where nothing reads it as floats. An input is quantized once, for all products that read
/// it.
struct Compiler {
    let graph: Graph
    let layout: WeightLayout
    let useCounts: [Int]
    let readers: [[Int]]
    var instructions: [Instruction] = []
    var labels: [String] = []
    var terms: [ProductTerm] = []
    var frequencies: [Double] = []
    var slots: [Slot] = []
    /// The value that another looks into.
    var parents: [Value: Value] = [:]
    var cacheLayers: [CacheLayer] = []
    private var values: [Int: Value] = [:]
    private var quantizedValues: [Int: Value] = [:]

    init(graph: Graph, layout: WeightLayout) {
        self.graph = graph
        self.layout = layout
        useCounts = graph.useCounts
        var readers = [[Int]](repeating: [], count: graph.operations.count)
        for (index, operation) in graph.operations.enumerated() {
            for input in operation.inputs { readers[input.index].append(index) }
        }
        self.readers = readers
    }

    mutating func lower() {
        for index in graph.operations.indices where values[index] == nil {
            lower(index)
        }
    }

    private mutating func lower(_ index: Int) {
        let operation = graph.operations[index]
        switch operation {
        case .lookUp(let table, let by):
            emit(.lookUp(table: table.matrix, by: by, out: define(index)), table.name)
        case .angles(let rope):
            let first = frequencies.count
            frequencies += rope.frequencies
            emit(.angles(first: first, count: rope.rotated / 2, out: define(index)), "")
        case .norm(let x, let kind, let weight, let bias, let epsilon):
            let quantized = isQuantizedFor(index) ? defineQuantized(index) : nil
            emit(
                .norm(
                    value(x), kind, weight: weight.vector, bias: bias?.vector, epsilon: epsilon, out: define(index),
                    quantized: quantized), weight.name)
        case .linear(let x, _, _):
            lowerProducts(of: x, from: index)
        case .columns(let x, let range):
            let parent = value(x)
            let slot = slots[parent.index]
            slots.append(
                Slot(
                    extent: slot.extent, storage: slot.storage, offset: 0, columns: range.count, stride: slot.stride,
                    firstColumn: slot.firstColumn + range.lowerBound))
            let view = Value(index: slots.count - 1)
            parents[view] = parent
            values[index] = view
        case .add(let a, let b):
            emit(.add(value(a), value(b), out: define(index)), "")
        case .multiply(let a, let b):
            emit(.multiply(value(a), value(b), out: define(index)), "")
        case .activate(let x, let activation):
            emit(.activate(value(x), activation, out: define(index)), "")
        case .rotate(let x, let angles, let headDimension, let pairing):
            emit(
                .rotate(
                    value(x), angles: value(angles), headDimension: headDimension, pairing: pairing,
                    out: define(index)), "")
        case .attention(let query, let source, let heads, let mask, let scale):
            lowerAttention(index, query, source, heads, mask, scale)
        case .outputs(let x):
            emit(.outputs(value(x), out: define(index)), "")
        case .input:
            emit(.input(out: define(index)), "")
        case .unfold(let x, let width, let stride):
            emit(.unfold(value(x), width: width, stride: stride, out: define(index)), "")
        case .remember(let keys, let values, let layer):
            lowerStore(keys, values, layer)
            emit(.checkpoint, "")
        case .memoryAttention(let query, let layer, let heads, let scale):
            emit(
                .attendMemory(query: value(query), layer: layer, heads, scale: scale, out: define(index)),
                "layer \(layer)")
        case .memoryWeights(let wanted, let heads, let scale, let capacity):
            let out = define(index)
            for (place, one) in wanted.enumerated() {
                emit(
                    .memoryWeights(
                        query: value(one.query), layer: one.layer, head: one.head, heads, scale: scale, out: out,
                        column: place * capacity), "layer \(one.layer)")
            }
        }
    }

    private mutating func lowerAttention(
        _ index: Int, _ query: Node, _ source: KeyValues, _ heads: Heads, _ mask: Mask, _ scale: Float
    ) {
        switch source {
        case .cached(let layer, let keys, let values):
            lowerStore(keys, values, layer)
            emit(
                .attendCache(query: value(query), layer: layer, heads, mask, scale: scale, out: define(index)),
                "layer \(layer)")
        case .step(let keys, let values):
            emit(
                .attendStep(
                    query: value(query), keys: value(keys), values: value(values), heads, mask, scale: scale,
                    out: define(index)), "")
        }
        emit(.checkpoint, "")
    }

    private mutating func lowerStore(_ keys: Node, _ values: Node, _ layer: Int) {
        let shape = CacheLayer(
            keyColumns: graph.shapes[keys.index].columns, valueColumns: graph.shapes[values.index].columns)
        while cacheLayers.count <= layer { cacheLayers.append(CacheLayer(keyColumns: 0, valueColumns: 0)) }
        cacheLayers[layer] = shape
        emit(.store(keys: value(keys), values: value(values), layer: layer), "layer \(layer)")
    }

    // MARK: Products

    /// All products of `x`, as one instruction or two.
    private mutating func lowerProducts(of x: Node, from first: Int) {
        let siblings = readers[x.index].filter { reader in
            if case .linear = graph.operations[reader] { values[reader] == nil } else { false }
        }
        var plain: [Int] = []
        for linear in siblings where values[linear] == nil {
            if let gate = gatedProduct(with: linear), siblings.contains(gate.up), siblings.contains(gate.gate),
                layout == .blocks || readsQuantized(gate.up) == readsQuantized(gate.gate)
            {
                emitGated(gate, input: x)
            } else {
                plain.append(linear)
            }
        }
        plain.removeAll { values[$0] != nil }
        guard !plain.isEmpty else { return }
        let input = products(reading: x, plain)
        let firstTerm = terms.count
        // Found before any result is defined: an operand that this same instruction computes is not there yet.
        let sums = plain.map { residualSum(of: $0) }
        for (linear, sum) in zip(plain, sums) {
            guard case .linear(_, let weights, let bias) = graph.operations[linear] else { continue }
            let residual = sum.flatMap { values[$0.other.index] }
            let activated = soleActivation(of: linear)
            let result = sum?.add ?? activated?.index ?? linear
            let gelu = activated?.activation == .gelu && readsQuantized(linear)
            let out = defineProduct(result, isGELU: gelu)
            values[linear] = out
            terms.append(
                ProductTerm(
                    weights: weights.matrix, bias: bias?.vector, activation: activated?.activation, residual: residual,
                    out: out))
        }
        let product = Product(
            floats: input.floats, quantized: input.quantized, firstTerm: firstTerm, termCount: plain.count)
        emit(.product(product), names(of: plain))
    }

    private func names(of linears: [Int]) -> String {
        linears.compactMap { index in
            if case .linear(_, let weights, _) = graph.operations[index] { weights.name } else { nil }
        }.joined(separator: " ")
    }

    /// The forms of `x` that these products read; quantizes it when nobody did.
    private mutating func products(reading x: Node, _ linears: [Int]) -> (floats: Value?, quantized: Value?) {
        var floats: Value?
        var quantized: Value?
        for linear in linears {
            guard case .linear(_, let weights, _) = graph.operations[linear] else { continue }
            if weights.matrix.format.isQuantized {
                quantized = quantizedValue(of: x)
            } else {
                floats = value(x)
            }
        }
        return (floats, quantized)
    }

    private mutating func quantizedValue(of x: Node) -> Value {
        if let known = quantizedValues[x.index] { return known }
        let out = defineQuantized(x.index)
        emit(.quantize(value(x), out: out), "")
        return out
    }

    private func isQuantizedFor(_ index: Int) -> Bool {
        readers[index].contains(where: readsQuantized)
    }

    private func readsQuantized(_ reader: Int) -> Bool {
        guard case .linear(_, let weights, _) = graph.operations[reader] else { return false }
        return weights.matrix.format.isQuantized
    }

    /// The activation that alone reads this product.
    private func soleActivation(of linear: Int) -> (index: Int, activation: Activation)? {
        guard useCounts[linear] == 1, let reader = readers[linear].first,
            case .activate(_, let activation) = graph.operations[reader]
        else { return nil }
        return (reader, activation)
    }

    /// The addition that alone reads this product, when its other operand is there already.
    private func residualSum(of linear: Int) -> (add: Int, other: Node)? {
        guard useCounts[linear] == 1, let reader = readers[linear].first,
            case .add(let a, let b) = graph.operations[reader], a != b
        else { return nil }
        let other = a.index == linear ? b : a
        return values[other.index] == nil ? nil : (reader, other)
    }

    private struct Gate {
        let gate: Int
        let activation: Activation
        let activated: Int
        let up: Int
        let product: Int
    }

    /// `multiply(activate(gate), up)` in which this product is either.
    private func gatedProduct(with linear: Int) -> Gate? {
        guard useCounts[linear] == 1, let reader = readers[linear].first else { return nil }
        switch graph.operations[reader] {
        case .activate(_, let activation):
            guard useCounts[reader] == 1, let multiply = readers[reader].first,
                case .multiply(let a, let b) = graph.operations[multiply], a != b
            else { return nil }
            let up = a.index == reader ? b.index : a.index
            guard useCounts[up] == 1, case .linear = graph.operations[up] else { return nil }
            return Gate(gate: linear, activation: activation, activated: reader, up: up, product: multiply)
        case .multiply(let a, let b):
            let other = a.index == linear ? b.index : a.index
            guard case .activate(let x, _) = graph.operations[other], case .linear = graph.operations[x.index] else {
                return nil
            }
            return gatedProduct(with: x.index)
        default: return nil
        }
    }

    private mutating func emitGated(_ gate: Gate, input x: Node) {
        guard case .linear(_, let gateWeights, let gateBias) = graph.operations[gate.gate],
            case .linear(_, let upWeights, let upBias) = graph.operations[gate.up]
        else { return }
        let input = products(reading: x, [gate.gate, gate.up])
        let out = defineProduct(gate.product)
        for index in [gate.gate, gate.activated, gate.up] { values[index] = out }
        let firstTerm = terms.count
        for (weights, bias) in [(gateWeights, gateBias), (upWeights, upBias)] {
            terms.append(
                ProductTerm(weights: weights.matrix, bias: bias?.vector, activation: nil, residual: nil, out: out))
        }
        let product = Product(
            floats: input.floats, quantized: input.quantized, firstTerm: firstTerm, termCount: 2)
        emit(.gatedProduct(product, gate.activation), names(of: [gate.gate, gate.up]))
    }

    // MARK: Values

    private func value(_ node: Node) -> Value {
        guard let value = values[node.index] else { preconditionFailure("a node follows its inputs") }
        return value
    }

    private mutating func define(_ index: Int) -> Value {
        let value = newValue(graph.shapes[index], .float32)
        values[index] = value
        return value
    }

    private mutating func defineQuantized(_ index: Int, isGELU: Bool = false) -> Value {
        let storage: Storage = layout == .blocks ? .int8Blocks : isGELU ? .geluGroups : .byteGroups
        let value = newValue(graph.shapes[index], storage)
        quantizedValues[index] = value
        return value
    }

    /// The result of a product: quantized where only products with quantized weights read it.
    ///
    /// - Parameter isGELU: whether it is GELU of a product with quantized weights.
    private mutating func defineProduct(_ index: Int, isGELU: Bool = false) -> Value {
        guard index != graph.output.index, !readers[index].isEmpty, readers[index].allSatisfy(readsQuantized) else {
            return define(index)
        }
        let value = defineQuantized(index, isGELU: isGELU)
        values[index] = value
        return value
    }

    private mutating func newValue(_ shape: Shape, _ storage: Storage) -> Value {
        slots.append(
            Slot(
                extent: shape.extent, storage: storage, offset: 0, columns: shape.columns, stride: shape.columns,
                firstColumn: 0))
        return Value(index: slots.count - 1)
    }

    private mutating func emit(_ instruction: Instruction, _ label: String) {
        instructions.append(instruction)
        labels.append(label)
    }

    func value(ofOutput node: Node) -> Value { value(node) }
}
