extension Embedder {
    /// What an index of this embedder's vectors says about them.
    public var indexModel: IndexModel {
        let file = model.path.split(separator: "/").last.map(String.init) ?? model.path
        return IndexModel(
            name: model.text(forKey: "general.name") ?? file, identity: model.identity, dimensions: dimensions,
            pooling: pooling.rawValue, prefix: options.passagePrefix ?? "")
    }
}
