/// An operation on the values of a graph. Every thread of a step runs each, taking its part; all wait for one another
/// behind it.
package enum Operation: Sendable, BitwiseCopyable {
    case embedding(Embedding)
    case ropeTable(RopeTable)
    case rope(Rope)
    case norm(Norm)
    case product(Product)
    case gatedProduct(GatedProduct)
    case headProduct(HeadProduct)
    case joinHeads(JoinHeads)
    case route(Route)
    case routedRows(RoutedRows)
    case routedProduct(RoutedProduct)
    case routedSum(RoutedSum)
    case quantize(Quantize)
    case add(Add)
    case multiply(Multiply)
    case activate(Activate)
    case scale(Scale)
    case scaleColumns(ScaleColumns)
    case scaleRows(ScaleRows)
    case scaleByPosition(ScaleByPosition)
    case tokenDropout(TokenDropout)
    case mixStreams(MixStreams)
    case matchMagnitude(MatchMagnitude)
    case statisticalTopK(StatisticalTopK)
    case softcap(Softcap)
    case clamp(Clamp)
    case clampedSwiGLU(ClampedSwiGLU)
    case storeKeyValues(StoreKeyValues)
    case attention(Attention)
    case causalConvolution(CausalConvolution)
    case selectiveScan(SelectiveScan)
    case headScan(HeadScan)
    case gatedDeltaRule(GatedDeltaRule)
    case wkv(WKV)
    case headBonus(HeadBonus)
    case tokenShift(TokenShift)
    case addColumns(AddColumns)
    case selectRows(SelectRows)
    case input(Input)
    case im2col(Im2col)
    case zeroColumns(ZeroColumns)
    case checkpoint(Checkpoint)

    package var payload: any OperationPayload {
        switch self {
        case .embedding(let payload): payload
        case .ropeTable(let payload): payload
        case .rope(let payload): payload
        case .norm(let payload): payload
        case .product(let payload): payload
        case .gatedProduct(let payload): payload
        case .headProduct(let payload): payload
        case .joinHeads(let payload): payload
        case .route(let payload): payload
        case .routedRows(let payload): payload
        case .routedProduct(let payload): payload
        case .routedSum(let payload): payload
        case .quantize(let payload): payload
        case .add(let payload): payload
        case .multiply(let payload): payload
        case .activate(let payload): payload
        case .scale(let payload): payload
        case .scaleColumns(let payload): payload
        case .scaleRows(let payload): payload
        case .scaleByPosition(let payload): payload
        case .tokenDropout(let payload): payload
        case .mixStreams(let payload): payload
        case .matchMagnitude(let payload): payload
        case .statisticalTopK(let payload): payload
        case .softcap(let payload): payload
        case .clamp(let payload): payload
        case .clampedSwiGLU(let payload): payload
        case .storeKeyValues(let payload): payload
        case .attention(let payload): payload
        case .causalConvolution(let payload): payload
        case .selectiveScan(let payload): payload
        case .headScan(let payload): payload
        case .gatedDeltaRule(let payload): payload
        case .wkv(let payload): payload
        case .headBonus(let payload): payload
        case .tokenShift(let payload): payload
        case .addColumns(let payload): payload
        case .selectRows(let payload): payload
        case .input(let payload): payload
        case .im2col(let payload): payload
        case .zeroColumns(let payload): payload
        case .checkpoint(let payload): payload
        }
    }
}

/// The facts of an operation that placement, dump, profile and scratch planning ask for.
package protocol OperationPayload: Sendable, BitwiseCopyable {
    /// For profiles and dumps.
    var name: String { get }
    /// The values that it reads.
    func reads(_ graph: Graph) -> [Node]
    /// The values that it writes.
    func writes(_ graph: Graph) -> [Node]
    /// The value read, row by row, whose bytes may become those of the value written.
    var inPlace: Node? { get }
    func cost(_ graph: Graph) -> Cost
    func workspace(_ graph: Graph, _ limits: StepLimits) -> Workspace
    /// The operation, its inputs and weights, for dumps.
    func text(_ graph: Graph) -> String
}

extension OperationPayload {
    package var inPlace: Node? { nil }

    package func workspace(_ graph: Graph, _ limits: StepLimits) -> Workspace { Workspace() }
}

/// An operation with one result.
package protocol ResultPayload: OperationPayload {
    var inputs: [Node] { get }
    var out: Node { get }
}

extension ResultPayload {
    package func reads(_ graph: Graph) -> [Node] { inputs }

    package func writes(_ graph: Graph) -> [Node] { [out] }

    package func cost(_ graph: Graph) -> Cost { Cost(name, graph.shape(of: out)) }

    package func text(_ graph: Graph) -> String { "\(name) \(graph.text(inputs))" }
}

extension Operation {
    package func reads(_ graph: Graph) -> [Node] { payload.reads(graph) }

    package func writes(_ graph: Graph) -> [Node] { payload.writes(graph) }
}
