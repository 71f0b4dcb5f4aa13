internal import GGUF
internal import JSON

/// A model's chat templates: in `tokenizer_config.json`, one or several with names, or in a file of their own.
struct ChatTemplates {
    private var templates: [(name: String, text: String)] = []

    init(_ files: TokenizerFiles) throws(ConversionError) {
        switch files.settings.value["chat_template"] {
        case .string(let text): templates = [("default", text)]
        case .array(let items):
            for item in items {
                guard let name = item["name"]?.string, let text = item["template"]?.string else {
                    throw files.settings.wrong("chat_template", "a string, or an array of names and templates")
                }
                templates.append((name, text))
            }
        case nil, .null:
            if let text = try files.folder.text("chat_template.jinja") {
                templates = [("default", text)]
            } else if let text = try files.folder.json("chat_template.json")?["chat_template"]?.string {
                templates = [("default", text)]
            }
        default: throw files.settings.wrong("chat_template", "a string, or an array of names and templates")
        }
    }

    func write(to contents: inout GGUFContents) {
        let named = templates.filter { $0.name != "default" }
        if !named.isEmpty { contents.set("tokenizer.chat_templates", named.map(\.name)) }
        for (name, text) in named { contents.set("tokenizer.chat_template.\(name)", text) }
        if let text = templates.last(where: { $0.name == "default" })?.text {
            contents.set("tokenizer.chat_template", text)
        }
    }
}
