extension Operation {
    /// Where a step may be cancelled.
    package struct Checkpoint: OperationPayload {
        var name: String { "checkpoint" }

        func reads(_ graph: Graph) -> [Node] { [] }

        func writes(_ graph: Graph) -> [Node] { [] }

        func cost(_ graph: Graph) -> Cost { Cost(name) }

        func text(_ graph: Graph) -> String { name }
    }
}
