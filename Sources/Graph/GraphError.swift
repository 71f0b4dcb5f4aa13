/// A graph that cannot be: its parts do not fit together.
package enum GraphError: Error, Equatable, CustomStringConvertible {
    case shapes(operation: String, expected: String, found: String)
    case heads(queries: Int, keyValues: Int)
    case rope(rotated: Int, headDimension: Int)
    /// A head or a layer to leave out that is not there.
    case ablation(String)

    package var description: String {
        switch self {
        case .shapes(let operation, let expected, let found): "\(operation) needs \(expected), found \(found)"
        case .heads(let queries, let keyValues):
            "\(queries) query heads cannot share \(keyValues) key/value heads evenly"
        case .rope(let rotated, let headDimension):
            "rotary embedding of \(rotated) elements does not fit heads of \(headDimension) (it must be even and at "
                + "most the head's size)"
        case .ablation(let reason): reason
        }
    }
}
