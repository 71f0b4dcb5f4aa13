import ArgumentParser
import Foundation
import GGUF
import Swiftlet

/// Which model to use.
struct ModelFlags: ParsableArguments {
    @Option(
        name: [.customShort("m"), .customLong("model")], parsing: .unconditional,
        help: ArgumentHelp("Model: GGUF file or owner/repo:QUANT. (default: built-in)", valueName: "path"),
        completion: .file())
    var path: String?

    @OptionGroup var rope: RopeFlags

    func validate() throws {
        if path == "" { throw ValidationError("the path of the model is empty: use -m model.gguf, or leave -m out") }
    }

    /// The model, ready to run.
    ///
    /// - Parameter builtIn: what is used when none was named.
    func open(_ builtIn: BuiltInModel = .chat) throws -> Model {
        guard let path else {
            return try unsafe Model(staticBytes: builtIn.bytes, name: builtIn.name, rope: rope.options)
        }
        return try Model(path: ModelFile.path(path), rope: rope.options)
    }

    /// The model's file, whether or not it can be run.
    func openFile() throws -> GGUFFile {
        let builtIn = BuiltInModel.chat
        guard let path else { return try unsafe GGUFFile(staticBytes: builtIn.bytes, name: builtIn.name) }
        return try GGUFFile(path: ModelFile.path(path))
    }

    /// Size of the given file in bytes; 0 if unknown.
    var fileBytes: Int {
        guard let path else { return unsafe BuiltInModel.chat.bytes.count }
        guard let path = try? ModelFile.path(path) else { return 0 }
        var status = stat()
        return unsafe stat(path, &status) == 0 ? Int(status.st_size) : 0
    }
}
