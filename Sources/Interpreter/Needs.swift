internal import Graph
internal import Tensors

/// What a program needs beside its slots.
struct Needs {
    /// Of one thread, a multiple of a cache line.
    var scratchBytes = 64
    /// Of one stretch of positions, for the most tokens whose attention is divided by stretches.
    var partBytes = 0
    /// Rows that attention takes together: as many as one call has room for, with every head of a group.
    var tileTokens = Kernels.mostQueries

    init(_ program: Program, tokens: Int, kernels: Kernels, cacheFormat: CacheFormat) {
        for term in program.terms {
            let bytes = Step.productScratchBytes(columns: term.weights.columns, tokens: tokens, kernels: kernels)
            scratchBytes = max(scratchBytes, bytes)
        }
        for instruction in program.instructions {
            switch instruction {
            case .attendCache(_, _, let heads, _, _, _), .attendStep(_, _, _, let heads, _, _, _),
                .attendMemory(_, _, let heads, _, _):
                let bytes = kernels.attentionScratchBytes(
                    keyDimension: heads.keyDimension, valueDimension: heads.valueDimension)
                scratchBytes = max(scratchBytes, bytes)
                if instruction.isDivisible {
                    let columns = AttentionParts.columns(valueDimension: heads.valueDimension)
                    partBytes = max(partBytes, min(tokens, Step.mostDividedTokens) * heads.queries * columns * 4)
                }
                tileTokens = min(tileTokens, max(1, Kernels.mostQueries / (heads.queries / heads.keyValues)))
            case .memoryWeights(_, _, _, let heads, _, _, _):
                let bytes = kernels.scoresScratchBytes(cacheFormat, columns: heads.keyDimension)
                scratchBytes = max(scratchBytes, bytes)
            default: break
            }
        }
        scratchBytes = (scratchBytes + 63) / 64 * 64
    }
}

extension Instruction {
    /// Whether it is an attention that may be divided by stretches of positions.
    fileprivate var isDivisible: Bool {
        switch self {
        case .attendCache, .attendMemory: true
        default: false
        }
    }
}
