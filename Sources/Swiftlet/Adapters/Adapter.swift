internal import GGUF
internal import Models

/// A LoRA adapter (arXiv:2106.09685) of a model, open and checked: it changes what the model computes, and leaves the
/// model's weights as they are. Immutable: any number of sessions share one, and use others beside it.
///
/// ```swift
/// let model = try Model(path: "base.gguf")
/// var options = SessionOptions()
/// options.adapters = [ScaledAdapter(try Adapter(path: "style.gguf", for: model))]
/// var session = try Session(model, options)
/// ```
///
/// The matrices stay in the file's map, as a model's do.
public final class Adapter: Sendable {
    /// Where it was opened.
    public let path: String
    /// The model that it belongs to.
    public let model: Model
    let weights: LowRankAdapter

    /// Opens an adapter of a model.
    ///
    /// - Parameter path: a GGUF file. `swiftlet convert` makes one of a folder as Hugging Face's PEFT stores adapters.
    /// - Throws: ``SwiftletError`` with the code `file` for a file that cannot be read or is no adapter of the model's
    ///   architecture, `model` for one with weights that the model does not have or that cannot be adapted.
    public convenience init(path: String, for model: Model) throws(SwiftletError) {
        let file: GGUFFile
        do throws(GGUFError) { file = try GGUFFile(path: path) } catch { throw SwiftletError(error) }
        try self.init(file, path: path, for: model)
    }

    init(_ file: GGUFFile, path: String, for model: Model) throws(SwiftletError) {
        do throws(ModelError) {
            weights = try LowRankAdapter(file, of: model.file)
            try model.definition.check(weights)
        } catch {
            throw SwiftletError(error)
        }
        self.path = path
        self.model = model
    }

    /// The weights that it changes, by their names in the model's file.
    public var weightNames: [String] { weights.weightNames }

    /// Bytes of its matrices: what a decode step reads more.
    public var byteCount: Int { weights.file.tensors.reduce(0) { $0 + $1.byteCount } }

    /// An identifier of the adapter: a hash of its tensors' names, types, shapes and a sample of their bytes.
    var identity: String { weights.file.identity(mixing: "\(weights.alpha)") }
}

/// An adapter, and how much of it is added.
public struct ScaledAdapter: Sendable {
    /// The adapter.
    public var adapter: Adapter
    /// Multiplies what it adds: 1 as it was trained, 0 none of it.
    public var scale: Float

    /// - Parameters:
    ///   - adapter: one of the model that is to run with it.
    ///   - scale: multiplies what it adds.
    public init(_ adapter: Adapter, scale: Float = 1) {
        self.adapter = adapter
        self.scale = scale
    }
}
