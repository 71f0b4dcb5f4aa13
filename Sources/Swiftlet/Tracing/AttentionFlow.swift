extension StageTrace {
    /// Looks at edges that flows may take.
    private static let maxFlowWork = 1 << 26

    /// Attention flow (arXiv:2005.00928, section 3.2): the maximum flow from each position behind the last layer to each
    /// input, through the layers' mean attention and the residual stream, as in ``rollout``. An edge's capacity is its weight;
    /// so the narrowest place on the way counts where rollout multiplies. `[count, count]`, row by row.
    ///
    /// - Throws: ``SwiftletError`` with the code `invalidArgument` where heads or layers were left out of the trace, where a
    ///   layer has no attention, and for a text whose flows take too long: their work grows with the fourth power of ``count``.
    public func flow() throws(SwiftletError) -> [Float] {
        guard let layers = mixedAttention else {
            throw SwiftletError(
                .invalidArgument,
                "attention flow goes through every layer: trace all layers and heads of a model whose layers all attend"
            )
        }
        let isCausal = attentions.filter { $0.kind == .own }.allSatisfy(\.isCausal)
        let limit = Self.maxFlowPositions(layers: layers.count, isCausal: isCausal)
        guard count <= limit else {
            throw SwiftletError(
                .invalidArgument,
                "attention flow of \(count) tokens takes too long: with \(layers.count) layers, use at most \(limit)")
        }
        return Self.flow(layers, count: count)
    }

    /// Positions that ``flow()`` computes at most.
    public static func maxFlowPositions(layers: Int, isCausal: Bool) -> Int {
        // In a causal model a position's flows go to those before it, through those before it: the mean cube is a quarter.
        let work = maxFlowWork / max(1, layers) * (isCausal ? 4 : 1)
        var count = 1
        while (count + 1) * (count + 1) * (count + 1) * (count + 1) <= work { count += 1 }
        return count
    }

    /// - Parameter layers: `[layers][count, count]`, the first layer first; each row sums to 1.
    /// - Returns: `[count, count]`.
    package static func flow(_ layers: [[Float]], count: Int) -> [Float] {
        var network = FlowNetwork(layers, count: count)
        var result = [Float](repeating: 0, count: count * count)
        for row in 0..<count {
            for column in 0..<count { result[row * count + column] = Float(network.flow(from: row, to: column)) }
        }
        return result
    }
}

/// Layers of positions, joined by edges from each layer to the one below; flows by Dinic's algorithm.
private struct FlowNetwork {
    private let count: Int
    private let layers: Int
    /// `[layers, count, count]`: of each edge, by its layer, where it begins and where it ends.
    private let capacity: [Double]
    /// Whether no position reaches those behind it.
    private let isCausal: Bool
    /// What is left of each edge, and what flows through it.
    private var left: [Double]
    private var flows: [Double]
    /// `[layers + 1, count]`: steps from the source, -1 where there is no way; the next edge to try.
    private var distance: [Int]
    private var next: [Int]
    /// Positions of each layer that a source reaches.
    private var width = 0

    /// Less than this is nothing.
    private static let epsilon = 1e-12

    init(_ layers: [[Float]], count: Int) {
        self.count = count
        self.layers = layers.count
        capacity = layers.flatMap { $0.map(Double.init) }
        left = capacity
        flows = [Double](repeating: 0, count: capacity.count)
        distance = [Int](repeating: -1, count: (layers.count + 1) * count)
        next = distance
        isCausal = layers.allSatisfy { layer in
            (0..<count).allSatisfy { row in layer[row * count + row + 1..<(row + 1) * count].allSatisfy { $0 == 0 } }
        }
    }

    /// The maximum flow from a position behind the last layer to an input.
    mutating func flow(from row: Int, to column: Int) -> Double {
        width = isCausal ? row + 1 : count
        guard layers > 0, column < width else { return row == column ? 1 : 0 }
        for place in left.indices {
            left[place] = capacity[place]
            flows[place] = 0
        }
        let source = layers * count + row
        var total = 0.0
        while measure(from: source, to: column) {
            for place in next.indices { next[place] = 0 }
            total += blockingFlow(from: source, to: column)
        }
        return total
    }

    /// Sets the distances from the source by breadth first; whether there is a way to the target.
    private mutating func measure(from source: Int, to target: Int) -> Bool {
        for place in distance.indices { distance[place] = -1 }
        distance[source] = 0
        var queue = [source]
        var first = 0
        while first < queue.count {
            let node = queue[first]
            first += 1
            for number in 0..<2 * width {
                guard let (end, room) = edge(of: node, number), room > Self.epsilon, distance[end] < 0 else { continue }
                distance[end] = distance[node] + 1
                if end == target { return true }
                queue.append(end)
            }
        }
        return false
    }

    /// The end of an edge and what can still flow through it. Those below `width` go down a layer, the others give a flow
    /// back that came down.
    private func edge(of node: Int, _ number: Int) -> (end: Int, room: Double)? {
        let (layer, position) = (node / count, node % count)
        if number < width {
            guard layer > 0 else { return nil }
            return ((layer - 1) * count + number, left[((layer - 1) * count + position) * count + number])
        }
        guard layer < layers else { return nil }
        let start = number - width
        return ((layer + 1) * count + start, flows[(layer * count + start) * count + position])
    }

    private mutating func push(_ amount: Double, through node: Int, _ number: Int) {
        let (layer, position) = (node / count, node % count)
        let isDown = number < width
        let place =
            isDown
            ? ((layer - 1) * count + position) * count + number : (layer * count + number - width) * count + position
        left[place] += isDown ? -amount : amount
        flows[place] += isDown ? amount : -amount
    }

    /// Fills ways of the shortest length until there are no more.
    private mutating func blockingFlow(from source: Int, to target: Int) -> Double {
        var total = 0.0
        var path = [source]
        while let node = path.last {
            if node == target {
                var (amount, narrow) = (Double.infinity, 0)
                for (step, node) in path.dropLast().enumerated() {
                    guard let (_, room) = edge(of: node, next[node]), room < amount else { continue }
                    (amount, narrow) = (room, step)
                }
                for node in path.dropLast() { push(amount, through: node, next[node]) }
                total += amount
                path.removeLast(path.count - 1 - narrow)
                continue
            }
            var found: Int?
            while next[node] < 2 * width {
                if let (end, room) = edge(of: node, next[node]), room > Self.epsilon,
                    distance[end] == distance[node] + 1
                {
                    found = end
                    break
                }
                next[node] += 1
            }
            if let found {
                path.append(found)
            } else {
                path.removeLast()
                if let before = path.last { next[before] += 1 }
            }
        }
        return total
    }
}
