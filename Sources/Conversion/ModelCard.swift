/// What the head of a `README.md` says of a model: the lines between two `---`, in the plainest YAML. Anything else there
/// is passed over.
struct ModelCard {
    private(set) var license: String?
    private(set) var tags: [String] = []
    private(set) var languages: [String] = []

    init(_ text: String) {
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        guard lines.first == "---" else { return }
        var key = ""
        for line in lines.dropFirst() {
            if line == "---" || line == "..." { return }
            if let item = Self.item(line) {
                add(item, to: key)
            } else if let colon = line.firstIndex(of: ":"), line.first != " ", line.first != "#" {
                key = String(line[..<colon])
                let value = Self.plain(line[line.index(after: colon)...])
                if value.first == "[", value.last == "]" {
                    for item in value.dropFirst().dropLast().split(separator: ",") { add(Self.plain(item), to: key) }
                } else if !value.isEmpty {
                    add(value, to: key)
                }
            }
        }
    }

    private mutating func add(_ value: String, to key: String) {
        switch key {
        case "license": license = value
        case "tags": tags.append(value)
        case "language": languages.append(value)
        default: break
        }
    }

    /// The text of `- text`.
    private static func item(_ line: Substring) -> String? {
        let text = line.drop { $0 == " " }
        guard text.hasPrefix("- ") else { return nil }
        return plain(text.dropFirst(2))
    }

    /// Without spaces and quotes around it.
    private static func plain(_ text: some StringProtocol) -> String {
        var text = text[...].drop { $0 == " " }
        while text.last == " " { text.removeLast() }
        for quote: Character in ["\"", "'"] where text.count > 1 && text.first == quote && text.last == quote {
            return String(text.dropFirst().dropLast())
        }
        return String(text)
    }
}
