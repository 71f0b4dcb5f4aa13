import ArgumentParser

/// A model to serve: a name that clients call it by, and its file.
struct ModelFile: ExpressibleByArgument, Sendable {
    let name: String
    var path: String

    /// `NAME=FILE`, where the file may be a model on the hub, or a file alone, whose own name it is then, without folder and ending.
    init?(argument: String) {
        if let sign = argument.firstIndex(of: "="), sign != argument.startIndex {
            self.init(name: String(argument[..<sign]), path: String(argument[argument.index(after: sign)...]))
        } else {
            self.init(path: argument)
        }
    }

    /// A file with its own name.
    init?(path: String) {
        var name = path.split(separator: "/").last.map(String.init) ?? ""
        for ending in [".zst", ".gguf", ".bin"] where name.hasSuffix(ending) { name.removeLast(ending.count) }
        self.init(name: name, path: path)
    }

    private init?(name: String, path: String) {
        guard !name.isEmpty, !path.isEmpty, name.allSatisfy({ !$0.isNewline && $0 != "\0" }) else { return nil }
        self.name = name
        self.path = path
    }
}
