import Swiftlet

extension SpeechModel {
    /// The model of a file, or the built-in one.
    static func open(_ path: String?) throws -> SpeechModel {
        let builtIn = BuiltInModel.speech
        guard let path else { return try unsafe SpeechModel(staticBytes: builtIn.bytes, name: builtIn.name) }
        return try SpeechModel(path: ModelFile.path(path))
    }
}
