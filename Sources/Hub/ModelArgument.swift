/// What an argument such as that of -m means.
package enum ModelArgument {
    /// The path of the model's file.
    ///
    /// A file of that path goes before a model of that name. A model that is in the cache is opened without a connection;
    /// another is pulled, as by llama.cpp's -hf.
    ///
    /// - Parameter pull: fetches the model.
    package static func path(
        _ argument: String, pull: (ModelReference, HubSettings) throws(HubError) -> HubModel
    ) throws(HubError) -> String {
        guard Folders.kind(argument) == nil,
            ModelReference.isReference(argument, folderExists: { Folders.kind($0) != nil })
        else { return argument }
        let reference = try ModelReference(argument)
        let settings = try HubSettings()
        if let model = try HubModel.cached(reference, settings) { return model.path }
        guard !settings.isOffline else { throw .notCached(reference: reference.text) }
        return try pull(reference, settings).path
    }
}
