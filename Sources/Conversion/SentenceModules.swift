internal import GGUF
internal import JSON

/// What sentence-transformers' `modules.json` beside a model lists, in order.
struct SentenceModules: Sendable {
    /// Nil when there is no such file.
    private let modules: [JSONValue]?
    private let folder: ModelFolder

    init(_ folder: ModelFolder) throws(ConversionError) {
        self.folder = folder
        modules = try folder.json("modules.json")?.items
    }

    /// The folders of the modules of a kind.
    ///
    /// - Throws: ``ConversionError/unsupported(_:path:)`` for one that lies elsewhere.
    func places(of kind: String) throws(ConversionError) -> [String] {
        let places = (modules ?? []).filter { $0["type"]?.string?.hasSuffix(".\(kind)") == true }
            .compactMap { $0["path"]?.string }
        for place in places where place.split(separator: "/").contains("..") || place.hasPrefix("/") {
            throw .unsupported("a module outside of the folder", path: folder.path("modules.json"))
        }
        return places
    }

    /// Writes what stands before a text that is a query, or is searched.
    func describePrompts(_ contents: inout GGUFContents) throws(ConversionError) {
        let name = "config_sentence_transformers.json"
        guard let value = try folder.json(name) else { return }
        guard let prompts = try Configuration(path: folder.path(name), value: value).object("prompts") else { return }
        for (key, names) in [("query", ["query"]), ("passage", ["passage", "document"])] {
            guard let found = prompts.find(names) else { continue }
            guard let text = found.value.string else { throw prompts.wrong(found.key, "a string") }
            if !text.isEmpty { contents.set("sentence_transformers.prompts.\(key)", text) }
        }
    }
}
