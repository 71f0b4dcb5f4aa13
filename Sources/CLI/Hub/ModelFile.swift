import Foundation
import Hub

/// The file that an argument means: a path, or a model on the hub.
enum ModelFile {
    /// A file of that path goes before a model of that name. A model that is in the cache is opened without a connection;
    /// another is pulled, as by llama.cpp's -hf.
    static func path(_ argument: String) throws -> String {
        let files = FileManager.default
        guard !files.fileExists(atPath: argument),
            ModelReference.isReference(argument, folderExists: { files.fileExists(atPath: $0) })
        else { return argument }
        let reference = try ModelReference(argument)
        let settings = try HubSettings()
        if let model = try HubModel.cached(reference, settings) { return model.path }
        guard !settings.isOffline else { throw HubError.notCached(reference: reference.text) }
        StandardStream.printNote("\(argument) is neither a file nor in the cache: pulling it from \(settings.host)")
        return try PullView().pull(reference, settings).path
    }
}
