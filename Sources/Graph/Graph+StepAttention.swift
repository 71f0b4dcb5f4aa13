extension Graph {
    /// The same graph with every attention to the step's own keys and values: sequences begin and end within a step, and no
    /// cache is kept. So a decoder embeds texts.
    package func attendingWithinStep() -> Graph {
        let operations = operations.map { operation in
            if case .attention(let query, .cached(_, let keys, let values), let heads, let mask, let scale) = operation
            {
                Operation.attention(
                    query: query, .step(keys: keys, values: values), heads, mask, scale: scale)
            } else {
                operation
            }
        }
        return Graph(operations: operations, shapes: shapes, output: output)
    }
}
