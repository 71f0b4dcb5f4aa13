package import Tensors

/// The largest step that a program is run with.
package struct StepLimits: Sendable {
    package let tokens: Int
    package let kernels: Kernels
    package let cacheFormat: CacheFormat

    package init(tokens: Int, kernels: Kernels, cacheFormat: CacheFormat) {
        self.tokens = tokens
        self.kernels = kernels
        self.cacheFormat = cacheFormat
    }
}

/// Memory that operations need beside their values.
package struct Workspace: Sendable {
    /// Scratch of one thread.
    package var scratchBytes = 0
    /// Partial results of attention for one KV split.
    package var splitBytes = 0
    /// Max rows that one call of attention takes.
    package var tileTokens = Kernels.maxQueries

    package mutating func formUnion(_ other: Workspace) {
        scratchBytes = max(scratchBytes, other.scratchBytes)
        splitBytes = max(splitBytes, other.splitBytes)
        tileTokens = min(tileTokens, other.tileTokens)
    }
}

extension Program {
    /// Enough for any of the operations. Scratch is a multiple of a cache line.
    package func workspace(_ limits: StepLimits) -> Workspace {
        var workspace = Workspace(scratchBytes: 64)
        for operation in operations { workspace.formUnion(operation.payload.workspace(graph, limits)) }
        workspace.scratchBytes = (workspace.scratchBytes + 63) / 64 * 64
        return workspace
    }
}
