import ArgumentParser

/// A model to serve: a name that clients call it by, and its file.
struct ModelFile: ExpressibleByArgument, Sendable {
    let name: String
    var path: String

    /// `NAME=FILE`, where the file may be a model on the hub, or a file alone, whose own name it is then, without folder and ending.
    init?(argument: String) {
        if let sign = argument.firstIndex(of: "="), sign != argument.startIndex {
            name = String(argument[..<sign])
            path = String(argument[argument.index(after: sign)...])
        } else {
            path = argument
            var name = argument.split(separator: "/").last.map(String.init) ?? ""
            for ending in [".zst", ".gguf", ".bin"] where name.hasSuffix(ending) { name.removeLast(ending.count) }
            self.name = name
        }
        guard !name.isEmpty, !path.isEmpty, name.allSatisfy({ !$0.isNewline && $0 != "\0" }) else { return nil }
    }
}
