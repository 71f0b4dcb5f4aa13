/// What a model computes, as a value: operations in an order in which each follows its inputs.
package struct Graph: Sendable {
    let operations: [Operation]
    let shapes: [Shape]
    let output: Node

    /// The nodes that read each node; the graph's output counts as one more reader.
    var useCounts: [Int] {
        var counts = [Int](repeating: 0, count: operations.count)
        for operation in operations {
            for input in operation.inputs { counts[input.index] += 1 }
        }
        counts[output.index] += 1
        return counts
    }
}
