internal import GGUF
internal import Graph
internal import Tensors

/// The numbers of one architecture, under its prefix in the metadata: each checked before it is used.
package struct Hyperparameters {
    let file: GGUFFile
    let architecture: String
    /// What is asked for instead of what the file says.
    let rope: RopeOverrides
    /// Whose numbers are read where the file has one for each layer; nil: all must be the same.
    private var layer: Int?

    init(_ file: GGUFFile, architecture: String, rope: RopeOverrides = RopeOverrides()) {
        self.file = file
        self.architecture = architecture
        self.rope = rope
    }

    /// Those whose keys begin with `name` and a dot.
    func scoped(_ name: String) -> Hyperparameters { Hyperparameters(file, architecture: full(name), rope: rope) }

    /// Those of a layer.
    func layer(_ index: Int) -> Hyperparameters {
        var own = self
        own.layer = index
        return own
    }

    /// Sizes beyond this are lies, and would make products of sizes leave `Int`.
    static let maxSize = Int(Int32.max)

    func has(_ key: String) -> Bool { file.metadata.contains(full(key)) }

    /// A size or count: 1 to 2³¹ - 1. Where the file has a number for each layer, all must be the same, unless these are
    /// the hyperparameters of one.
    func positive(_ key: String, default fallback: Int? = nil) throws(ModelError) -> Int {
        let value = try integer(key, default: fallback)
        guard value >= 1, value <= Self.maxSize else {
            throw wrong(key, "\(value)", "1 to \(Self.maxSize)")
        }
        return value
    }

    /// For families that hold something of each layer: as there are tensors of each, more layers than tensors are a lie.
    func checkLayers(_ count: Int) throws(ModelError) {
        guard count <= file.tensors.count else {
            throw wrong("block_count", "\(count)", "at most the \(file.tensors.count) tensors of the file")
        }
    }

    /// A count that may be 0, up to 2³¹ - 1.
    func count(_ key: String, default fallback: Int? = nil) throws(ModelError) -> Int {
        let value = try integer(key, default: fallback)
        guard value >= 0, value <= Self.maxSize else { throw wrong(key, "\(value)", "0 to \(Self.maxSize)") }
        return value
    }

    func integer(_ key: String, default fallback: Int? = nil) throws(ModelError) -> Int {
        let key = full(key)
        do throws(GGUFError) {
            if let fallback, !file.metadata.contains(key) { return fallback }
            guard let value = file.metadata.value(key), value.type == .array else { return try file.metadata.int(key) }
            let perLayer = try file.metadata.ints(key)
            if let layer, perLayer.indices.contains(layer) { return perLayer[layer] }
            if let first = perLayer.first, perLayer.allSatisfy({ $0 == first }) { return first }
        } catch {
            throw .file(error)
        }
        throw .unsupported("a value of \(key) that differs from layer to layer", path: file.path)
    }

    func float(_ key: String, default fallback: Float? = nil) throws(ModelError) -> Float {
        let key = full(key)
        let value: Float
        do throws(GGUFError) {
            value =
                if let fallback {
                    try file.metadata.float(key, default: fallback)
                } else {
                    try file.metadata.float(key)
                }
        } catch {
            throw .file(error)
        }
        guard value.isFinite else {
            throw .hyperparameter(key: key, found: "\(value)", expected: "a finite number", path: file.path)
        }
        return value
    }

    /// A factor above 0; 1 where it is 0.
    func scale(_ key: String, default fallback: Float = 1) throws(ModelError) -> Float {
        let scale = try float(key, default: fallback)
        guard scale >= 0 else { throw wrong(key, "\(scale)", "0 or more") }
        return scale == 0 ? 1 : scale
    }

    func bool(_ key: String, default fallback: Bool) throws(ModelError) -> Bool {
        do throws(GGUFError) {
            return try file.metadata.bool(full(key), default: fallback)
        } catch {
            throw .file(error)
        }
    }

    /// A bound of arXiv:2408.00118; nil where the key or the default is 0.
    func softcap(_ key: String, default fallback: Float) throws(ModelError) -> Float? {
        let cap = try float(key, default: fallback)
        guard cap >= 0 else { throw wrong(key, "\(cap)", "0 or more") }
        return cap == 0 ? nil : cap
    }

    /// A flag for each layer; nil where the key is missing or holds a single value.
    func flags(_ key: String, layers: Int) throws(ModelError) -> [Bool]? {
        guard let value = file.metadata.value(full(key)), value.type == .array else { return nil }
        let flags: [Bool]
        do throws(GGUFError) { flags = try file.metadata.bools(full(key)) } catch { throw .file(error) }
        guard flags.count == layers else {
            throw wrong(key, "an array of \(flags.count)", "one for each of \(layers) layers")
        }
        return flags
    }

    /// A number for each layer, which may be infinite; nil where the key is missing.
    func floats(_ key: String, layers: Int) throws(ModelError) -> [Float]? {
        guard has(key) else { return nil }
        let numbers: [Float]
        do throws(GGUFError) { numbers = try file.metadata.floats(full(key)) } catch { throw .file(error) }
        guard numbers.count == layers, !numbers.contains(where: { $0.isNaN || $0 == .infinity }) else {
            throw wrong(key, "an array of \(numbers.count)", "a number for each of \(layers) layers")
        }
        return numbers
    }

    func string(_ key: String, default fallback: String) throws(ModelError) -> String {
        do throws(GGUFError) {
            return try file.metadata.string(full(key), default: fallback)
        } catch {
            throw .file(error)
        }
    }

    /// The activation of feed-forwards, under `hidden_activation`.
    func activation(default fallback: String) throws(ModelError) -> Activation {
        switch try string("hidden_activation", default: fallback) {
        case "gelu": .gelu
        case "gelu_tanh": .geluTanh
        case "relu": .relu
        case "silu": .silu
        case let name: throw unsupported("the activation '\(name)'")
        }
    }

    func wrong(_ key: String, _ found: String, _ expected: String) -> ModelError {
        .hyperparameter(key: full(key), found: found, expected: expected, path: file.path)
    }

    func unsupported(_ what: String) -> ModelError { .unsupported(what, path: file.path) }

    private func full(_ key: String) -> String { "\(architecture).\(key)" }
}

/// The sizes that all transformers have.
struct TransformerSizes: Sendable {
    var layers: Int
    let hiddenSize: Int
    let feedForwardSize: Int
    let contextLength: Int
    let heads: Heads

    /// - Parameters:
    ///   - lengthSuffix: of the keys for the lengths of a head's keys and values, where the file has them.
    ///   - hasFeedForward: false: the feed-forward, if there is one, is no part of it.
    ///   - defaultFeedForward: of files that have experts alone.
    init(
        _ h: Hyperparameters, lengthSuffix: String = "", hasFeedForward: Bool = true, defaultFeedForward: Int? = nil
    ) throws(ModelError) {
        func length(_ key: String) -> String { h.has(key + lengthSuffix) ? key + lengthSuffix : key }
        let (keyLength, valueLength) = (length("attention.key_length"), length("attention.value_length"))
        let blocks = try h.positive("block_count")
        // The last ones predict tokens further ahead, for drafts alone.
        let drafting = try h.count("nextn_predict_layers", default: 0)
        guard drafting < blocks else { throw h.wrong("nextn_predict_layers", "\(drafting)", "less than \(blocks)") }
        layers = blocks - drafting
        hiddenSize = try h.positive("embedding_length")
        feedForwardSize = hasFeedForward ? try h.positive("feed_forward_length", default: defaultFeedForward) : 0
        contextLength = try h.positive("context_length")
        let queries = try h.positive("attention.head_count")
        let keyValues = try h.positive("attention.head_count_kv", default: queries)
        guard queries % keyValues == 0 else {
            throw h.wrong("attention.head_count_kv", "\(keyValues)", "a divisor of the \(queries) query heads")
        }
        if !h.has(keyLength), hiddenSize % queries != 0 {
            throw h.wrong("attention.head_count", "\(queries)", "a divisor of the hidden size \(hiddenSize)")
        }
        heads = Heads(
            queries: queries, keyValues: keyValues,
            keyDimension: try Self.dimension(keyLength, h, queries, hiddenSize),
            valueDimension: try Self.dimension(valueLength, h, queries, hiddenSize))
    }

    /// The hidden size divided among the query heads, at least 1.
    var hiddenShare: Int { max(1, hiddenSize / heads.queries) }

    /// Elements of one head; those of all heads together are a size too.
    private static func dimension(
        _ key: String, _ h: Hyperparameters, _ heads: Int, _ hiddenSize: Int
    ) throws(ModelError) -> Int {
        let dimension = try h.positive(key, default: hiddenSize / heads)
        let most = Hyperparameters.maxSize / heads
        guard dimension <= most else { throw h.wrong(key, "\(dimension)", "at most \(most) with \(heads) heads") }
        return dimension
    }
}
