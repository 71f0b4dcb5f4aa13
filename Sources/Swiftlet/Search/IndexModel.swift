/// Which model's vectors an index holds. Vectors of two models have nothing to do with each other: a query is compared with
/// the vectors of its own model only.
public struct IndexModel: Sendable, Equatable {
    /// The model's name, for people.
    public var name: String
    /// An identifier of the model, such as a hash of its weights.
    public var identity: String
    /// Elements of a vector, 1 to 65,536.
    public var dimensions: Int
    /// How token vectors became one: `mean`, `cls`, ...
    public var pooling: String
    /// The prefix of each text when it was embedded, such as `passage: `. Queries may have another prefix.
    public var prefix: String

    /// - Parameters:
    ///   - name: the model's name, for people.
    ///   - identity: what tells the model from all others.
    ///   - dimensions: elements of a vector, 1 to 65,536.
    ///   - pooling: how token vectors became one.
    ///   - prefix: what stood in front of each text.
    public init(name: String, identity: String, dimensions: Int, pooling: String, prefix: String = "") {
        self.name = name
        self.identity = identity
        self.dimensions = dimensions
        self.pooling = pooling
        self.prefix = prefix
    }

    static let dimensionRange = 1...65_536

    /// Whether vectors of the two may be compared.
    func isComparable(to other: IndexModel) -> Bool {
        identity == other.identity && dimensions == other.dimensions && pooling == other.pooling
    }
}

extension IndexModel: CustomStringConvertible {
    /// The model in a few words.
    public var description: String { "\(name) (\(identity), \(dimensions) dimensions, \(pooling) pooling)" }
}
