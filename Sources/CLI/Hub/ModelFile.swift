import Hub

/// The file that an argument means: a path, or a model on the hub.
enum ModelFile {
    static func path(_ argument: String) throws(HubError) -> String {
        try ModelArgument.path(argument) { reference, settings throws(HubError) in
            StandardStream.printNote(
                "\(reference.text) is neither a file nor in the cache: pulling it from \(settings.host)")
            return try PullView().pull(reference, settings)
        }
    }
}
