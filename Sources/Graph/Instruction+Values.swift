extension Instruction {
    /// The values that the instruction reads. `terms` are the program's.
    func reads(_ terms: [ProductTerm]) -> [Value] {
        switch self {
        case .lookUp, .angles, .input, .checkpoint: []
        case .norm(let x, _, _, _, _, _, _): [x]
        case .quantize(let x, _), .activate(let x, _, _), .outputs(let x, _), .unfold(let x, _, _, _),
            .attendMemory(let x, _, _, _, _):
            [x]
        // What other heads left in the same rows stays.
        case .memoryWeights(let query, _, _, _, _, let out, let column): column == 0 ? [query] : [query, out]
        case .product(let product), .gatedProduct(let product, _):
            [product.floats, product.quantized].compactMap { $0 }
                + terms[product.firstTerm..<product.firstTerm + product.termCount].compactMap(\.residual)
        case .rotate(let x, let angles, _, _, _): [x, angles]
        case .store(let keys, let values, _): [keys, values]
        case .attendCache(let query, _, _, _, _, _): [query]
        case .attendStep(let query, let keys, let values, _, _, _, _): [query, keys, values]
        case .add(let a, let b, _), .multiply(let a, let b, _): [a, b]
        }
    }

    /// The values that the instruction writes.
    func writes(_ terms: [ProductTerm]) -> [Value] {
        switch self {
        case .lookUp(_, _, let out), .angles(_, _, let out), .quantize(_, let out), .rotate(_, _, _, _, let out),
            .attendCache(_, _, _, _, _, let out), .attendStep(_, _, _, _, _, _, let out), .add(_, _, let out),
            .multiply(_, _, let out), .activate(_, _, let out), .outputs(_, let out), .input(let out),
            .unfold(_, _, _, let out), .attendMemory(_, _, _, _, let out):
            [out]
        case .norm(_, _, _, _, _, let out, let quantized): [out, quantized].compactMap { $0 }
        case .product(let product):
            terms[product.firstTerm..<product.firstTerm + product.termCount].map(\.out)
        case .gatedProduct(let product, _): [terms[product.firstTerm].out]
        case .memoryWeights(_, _, _, _, _, let out, let column): column == 0 ? [out] : []
        case .store, .checkpoint: []
        }
    }

    /// The value read, row by row, whose bytes may become those of the value written.
    var inPlace: Value? {
        switch self {
        case .rotate(let x, _, _, _, _), .activate(let x, _, _), .add(let x, _, _), .multiply(let x, _, _): x
        case .norm(let x, _, _, _, _, _, _): x
        default: nil
        }
    }
}
