import Swiftlet

extension ChatREPL {
    /// Shows the adapters, or goes on with others: paths with their scales; `-`: none.
    mutating func changeAdapters(_ text: String) throws {
        if !text.isEmpty {
            let words = text == "-" ? [] : text.split(separator: " ").map(String.init)
            try session.setAdapters(words.map { word in try adapter(word) })
        }
        let lines = session.adapters.map { "\($0.adapter.path)=\($0.scale)\n" }
        try StandardStream.output.write(lines.isEmpty ? "(no adapters)\n" : lines.joined())
    }

    /// One that is in use is not opened again.
    private func adapter(_ word: String) throws -> ScaledAdapter {
        guard let argument = AdapterArgument(argument: word) else {
            throw Failure.message("'\(word)' is no adapter: use a path, or path=scale")
        }
        if let known = session.adapters.first(where: { $0.adapter.path == argument.path }) {
            return ScaledAdapter(known.adapter, scale: argument.scale)
        }
        return try argument.open(for: session.model)
    }
}
