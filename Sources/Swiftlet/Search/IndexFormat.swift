internal import GGUF

/// The names in an index file, which is a GGUF file of the architecture `index`.
///
/// Metadata: ``version``, ``rows``, ``dimensions``, the model's ``modelName``, ``modelIdentity``, ``pooling`` and ``prefix``.
/// Tensors, with dimensions as GGUF writes them; a file of no rows has none:
/// - `codes`, Q8_0 `[padded, rows]`: the vectors in blocks of 32 int8, `dimensions` padded with zeros to whole blocks.
/// - `vectors`, F32 `[dimensions, rows]`, and `code_errors`, F32 `[rows]`: the vectors, each of length 1, and the length of
///   the difference of each to what its codes stand for. Not in an index of int8 precision.
/// - `text`, I8 `[bytes]`: each row's text in UTF-8 and a newline.
/// - `text_offsets`, I64 `[rows + 1]`: where each row's text begins, then the size of `text`.
enum IndexFormat {
    static let architecture = "index"
    static let currentVersion = 1

    static let version = "index.version"
    static let rows = "index.rows"
    static let dimensions = "index.dimensions"
    static let modelName = "index.model.name"
    static let modelIdentity = "index.model.identity"
    static let pooling = "index.pooling"
    static let prefix = "index.prefix"

    static let codes = "codes"
    static let vectors = "vectors"
    static let codeErrors = "code_errors"
    static let text = "text"
    static let textOffsets = "text_offsets"

    /// Columns of `codes`.
    static func paddedColumns(_ dimensions: Int) -> Int { (dimensions + 31) / 32 * 32 }

    static func contents(_ model: IndexModel, rows: Int) -> GGUFContents {
        var contents = GGUFContents()
        contents.set("general.architecture", architecture)
        contents.set("general.type", architecture)
        contents.set(version, UInt32(currentVersion))
        contents.set(self.rows, UInt64(rows))
        contents.set(dimensions, UInt32(model.dimensions))
        contents.set(modelName, model.name)
        contents.set(modelIdentity, model.identity)
        contents.set(pooling, model.pooling)
        contents.set(prefix, model.prefix)
        return contents
    }
}

// MARK: Reading

extension IndexFormat {
    /// Whose vectors a file holds, and how many.
    static func header(_ file: GGUFFile) throws(SwiftletError) -> (IndexModel, rows: Int) {
        let metadata = file.metadata
        let model: IndexModel
        let version: Int
        let rows: Int
        do throws(GGUFError) {
            let found = try metadata.string("general.architecture", default: "unknown")
            guard found == architecture else {
                throw .wrongValue(
                    key: "general.architecture", expected: "\(architecture.debugDescription), as index files have it",
                    found: found.debugDescription, path: file.path)
            }
            version = try metadata.int(self.version)
            model = IndexModel(
                name: try metadata.string(modelName), identity: try metadata.string(modelIdentity),
                dimensions: try metadata.int(dimensions), pooling: try metadata.string(pooling),
                prefix: try metadata.string(prefix))
            rows = try metadata.int(self.rows)
        } catch {
            throw SwiftletError(error)
        }
        guard version == currentVersion else {
            throw unsound(
                file.path,
                "version \(version) of the index format is not supported, expected \(currentVersion); build the index "
                    + "again")
        }
        guard IndexModel.dimensionRange.contains(model.dimensions), rows >= 0, rows < Int.max else {
            throw unsound(file.path, "\(rows) rows of \(model.dimensions) dimensions are not possible")
        }
        return (model, rows)
    }

    static func unsound(_ path: String, _ message: String) -> SwiftletError {
        SwiftletError(.file, "\(path): \(message)")
    }
}
