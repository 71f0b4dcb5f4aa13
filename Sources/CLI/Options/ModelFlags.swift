import ArgumentParser
import Foundation
import GGUF
import Swiftlet

/// Which model to use.
struct ModelFlags: ParsableArguments {
    @Option(
        name: [.customShort("m"), .customLong("model")], parsing: .unconditional,
        help: ArgumentHelp("Model file (GGUF). (default: a built-in model)", valueName: "path"), completion: .file())
    var path: String?

    @OptionGroup var rope: RopeFlags

    func validate() throws {
        if path == "" { throw ValidationError("the path of the model is empty: use -m model.gguf, or leave -m out") }
    }

    /// The model, ready to run.
    ///
    /// - Parameter builtIn: what is used when none was named.
    func open(_ builtIn: BuiltInModel = .chat) throws(SwiftletError) -> Model {
        guard let path else {
            return try unsafe Model(staticBytes: builtIn.bytes, name: builtIn.name, rope: rope.options)
        }
        return try Model(path: path, rope: rope.options)
    }

    /// The model's file, whether or not it can be run.
    func openFile() throws(GGUFError) -> GGUFFile {
        let builtIn = BuiltInModel.chat
        guard let path else { return try unsafe GGUFFile(staticBytes: builtIn.bytes, name: builtIn.name) }
        return try GGUFFile(path: path)
    }

    /// Size of the given file in bytes; 0 if unknown.
    var fileBytes: Int {
        guard let path else { return unsafe BuiltInModel.chat.bytes.count }
        var status = stat()
        return unsafe stat(path, &status) == 0 ? Int(status.st_size) : 0
    }
}
