extension Graph {
    /// What leads from one value to another, as a graph of its own whose input is the first.
    ///
    /// - Returns: nil where more than that value, or the rows beside a row, is needed.
    package func part(from input: Node, to output: Node) -> Graph? {
        let writer = Uses(self).writer
        var wanted: Set<Int> = []
        var pending = [whole(output)]
        while let node = pending.popLast() {
            guard node != input else { continue }
            guard let index = writer[node.index] else { return nil }
            guard isRowByRow(operations[index]) else { return nil }
            if wanted.insert(index).inserted { pending += operations[index].reads(self).map(whole) }
        }
        var graph = self
        graph.operations =
            [.input(Operation.Input(out: input))] + wanted.sorted().map { operations[$0] }
        graph.remove([])
        graph.output = output
        graph.finalStates = nil
        graph.observed = []
        graph.fixedStates = []
        return graph
    }

    private func isRowByRow(_ operation: Operation) -> Bool {
        switch operation {
        case .embedding, .ropeTable, .rope, .attention, .storeKeyValues, .causalConvolution, .selectiveScan, .headScan,
            .input, .im2col, .scaleByPosition, .gatedDeltaRule, .wkv, .tokenShift,
            .tokenDropout:
            false
        default: true
        }
    }
}
