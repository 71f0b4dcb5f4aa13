/// The chat templates of a model's file, by their names.
struct NamedTemplates {
    /// The name of the file's own template (`tokenizer.chat_template`).
    static let defaultName = "default"

    /// In the file's order, the file's own first.
    let names: [String]
    private let sources: [String: String]

    /// - Throws: ``SwiftletError`` with the code `model` for an invalid list of names.
    init(_ model: Model) throws(SwiftletError) {
        var names: [String] = []
        var sources: [String: String] = [:]
        if let own = model.text(forKey: "tokenizer.chat_template") {
            names = [Self.defaultName]
            sources[Self.defaultName] = own
        }
        // Files of some programs have the templates and no list of them.
        let prefix = "tokenizer.chat_template."
        let keys = model.metadata.map(\.key).filter { $0.hasPrefix(prefix) }
        let listed = try model.strings(forKey: "tokenizer.chat_templates") ?? []
        for name in listed + keys.map({ String($0.dropFirst(prefix.count)) }) where sources[name] == nil {
            guard let source = model.text(forKey: prefix + name) else { continue }
            names.append(name)
            sources[name] = source
        }
        self.names = names
        self.sources = sources
    }

    subscript(name: String) -> String? { sources[name] }

    /// Advice where none was found.
    var remedy: String {
        names.isEmpty
            ? "give one, or complete plain text instead of chatting" : "use one of \(names.joined(separator: ", "))"
    }
}
