import ArgumentParser

/// An adapter to serve: the name of its model, its file, and how much of it answers get that do not say.
struct AdapterFile: ExpressibleByArgument, Sendable {
    let model: String
    /// The adapter's name is that of its file.
    var file: ModelFile
    let scale: Float

    /// `NAME=FILE` or `NAME=FILE=SCALE`. What stands behind the last `=` is a scale where it is a number.
    init?(argument: String) {
        guard let sign = argument.firstIndex(of: "="), sign != argument.startIndex else { return nil }
        model = String(argument[..<sign])
        var path = argument[argument.index(after: sign)...]
        var scale: Float = 1
        if let place = path.lastIndex(of: "="), let number = Float(path[path.index(after: place)...]) {
            (path, scale) = (path[..<place], number)
        }
        guard scale.isFinite, let file = ModelFile(path: String(path)) else { return nil }
        self.file = file
        self.scale = scale
    }
}
