import ArgumentParser
import CDefaultModel
import Foundation
import GGUF
import Swiftlet

/// Which model to use.
struct ModelFlags: ParsableArguments {
    @Option(
        name: [.customShort("m"), .customLong("model")], parsing: .unconditional,
        help: ArgumentHelp("The model: a GGUF file. (default: the built-in model)", valueName: "path"))
    var path: String?

    func validate() throws {
        if path == "" { throw ValidationError("the path of the model is empty: use -m model.gguf, or leave -m out") }
    }

    private static let builtInName = "built-in model"

    /// The model, ready to run.
    func open() throws(SwiftletError) -> Model {
        guard let path else { return try unsafe Model(staticBytes: Self.builtInBytes, name: Self.builtInName) }
        return try Model(path: path)
    }

    /// The model's file, whether or not it can be run.
    func openFile() throws(GGUFError) -> GGUFFile {
        guard let path else { return try unsafe GGUFFile(staticBytes: Self.builtInBytes, name: Self.builtInName) }
        return try GGUFFile(path: path)
    }

    /// Bytes of the file that was named; 0 when it cannot be told.
    var fileBytes: Int {
        guard let path else { return unsafe Self.builtInBytes.count }
        var status = stat()
        return unsafe stat(path, &status) == 0 ? Int(status.st_size) : 0
    }

    @unsafe private static var builtInBytes: UnsafeRawBufferPointer {
        var size = 0
        let start = unsafe swl_default_model(&size)
        return unsafe UnsafeRawBufferPointer(start: start, count: size)
    }
}
