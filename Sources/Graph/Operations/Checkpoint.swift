extension Operation {
    /// Where a step may be cancelled.
    package struct Checkpoint: OperationPayload {
        package var name: String { "checkpoint" }

        package func reads(_ graph: Graph) -> [Node] { [] }

        package func writes(_ graph: Graph) -> [Node] { [] }

        package func cost(_ graph: Graph) -> Cost { Cost(name) }

        package func text(_ graph: Graph) -> String { name }
    }
}
