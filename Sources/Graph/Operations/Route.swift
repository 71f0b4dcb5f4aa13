package import Tensors

extension Operation {
    /// Chooses experts for every row, and sorts the choices by expert.
    package struct Route: OperationPayload {
        /// The least sum that weights are divided by.
        package static let minSum: Float = 0x1p-14

        /// Of a sparse mixer, how far below the best a logit may be, by the greater of the two magnitudes.
        package static let nearness: Float = 0.02

        package let logits: Node
        package let scoring: Router.Scoring
        package let bias: WeightVector?
        package let groups: Router.Groups?
        package let isNormalized: Bool
        package let scale: Float
        package let expertScales: WeightVector?
        package let routing: Routing

        package var name: String { "route" }

        package func reads(_ graph: Graph) -> [Node] { [logits] }

        package func writes(_ graph: Graph) -> [Node] {
            [routing.weights, routing.places, routing.sources, routing.order]
        }

        package func cost(_ graph: Graph) -> Cost { Cost(name, graph.shape(of: logits)) }

        /// A row's scores twice, its greatest ones, and its groups' sums with what they are made of.
        package func workspace(_ graph: Graph, _ limits: StepLimits) -> Workspace {
            let groupCount = groups?.count ?? 0
            return Workspace(scratchBytes: 4 * (4 * routing.experts + 3 * groupCount + 2 * routing.used))
        }

        package func text(_ graph: Graph) -> String {
            "route \(graph.text([logits])) to \(routing.used) of \(routing.experts) experts, \(scoring.rawValue)"
                + (bias.map { " + \(graph.name(of: $0))" } ?? "")
                + (groups.map { ", of \($0.used) of \($0.count) groups" } ?? "")
                + (isNormalized ? ", normalized" : "") + (scale == 1 ? "" : ", times \(scale)")
        }
    }
}

extension GraphBuilder {
    /// Chooses experts for every row of `logits`, `[domain, experts]`.
    package mutating func route(_ logits: Node, _ router: Router) throws(GraphError) -> Routing {
        let shape = shape(of: logits)
        let (experts, used) = (shape.columns, router.used)
        guard shape.domain != .frames, used >= 1, used <= experts, experts <= Int(Int32.max) else {
            throw .shapes(operation: "a router", expected: "experts of whom \(used) are used", found: "\(experts)")
        }
        for vector in [router.selectionBias, router.expertScales] {
            if let vector { try expect(vector.name, experts, vector.vector.count) }
        }
        if let groups = router.groups { try check(groups, experts: experts, used: used) }
        let columns = Shape(domain: shape.domain, columns: used)
        let routing = Routing(
            experts: experts, used: used, weights: addValue(columns), places: addValue(columns, .indices),
            sources: addValue(columns, .indices), order: addValue(columns, .indices))
        append(
            .route(
                Operation.Route(
                    logits: logits, scoring: router.scoring, bias: router.selectionBias.map { weights($0) },
                    groups: router.groups, isNormalized: router.isNormalized, scale: router.scale,
                    expertScales: router.expertScales.map { weights($0) }, routing: routing)))
        return routing
    }

    private func check(_ groups: Router.Groups, experts: Int, used: Int) throws(GraphError) {
        guard groups.count >= 1, experts % groups.count == 0, (1...groups.count).contains(groups.used),
            (1...experts / groups.count).contains(groups.bestCount), used <= experts / groups.count * groups.used
        else {
            throw .shapes(
                operation: "a router", expected: "groups of equal size with \(used) experts among those used",
                found: "\(groups.used) of \(groups.count) groups of \(experts) experts")
        }
    }
}
