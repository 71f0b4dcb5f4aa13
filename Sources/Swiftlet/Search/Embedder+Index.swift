extension Embedder {
    /// The model description for an index of this embedder's vectors.
    public var indexModel: IndexModel {
        let file = model.path.split(separator: "/").last.map(String.init) ?? model.path
        return IndexModel(
            name: model.text(forKey: "general.name") ?? file, identity: identity, dimensions: dimensions,
            pooling: pooling.rawValue, prefix: options.passagePrefix ?? "")
    }
}
