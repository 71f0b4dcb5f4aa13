import JSON
import Swiftlet
import Synchronization

/// The adapters of a model, each open once, and how much of each answers get whose requests do not say.
final class ServedAdapters: Sendable {
    private struct Entry {
        /// Among those of all models.
        let id: Int
        let name: String
        let adapter: Adapter
    }

    private let model: String
    private let entries: [Entry]
    /// By entry.
    private let scales: Mutex<[Float]>

    /// Opens the adapters that the options have for a model.
    ///
    /// - Throws: ``SwiftletError`` for a file that cannot be read, or is no adapter of the model.
    init(_ name: String, _ model: Model, _ options: ServerOptions) throws(SwiftletError) {
        var entries: [Entry] = []
        var scales: [Float] = []
        for (id, wanted) in options.adapters.enumerated() where wanted.model == name {
            let path = wanted.file.path
            let adapter =
                try Adapter.isFolder(path) ? Adapter(folder: path, for: model) : Adapter(path: path, for: model)
            entries.append(Entry(id: id, name: wanted.file.name, adapter: adapter))
            scales.append(wanted.scale)
        }
        self.model = name
        self.entries = entries
        self.scales = Mutex(scales)
    }

    var isEmpty: Bool { entries.isEmpty }

    /// All, each with the scale 1.
    var all: AdapterChoice { choice([Float](repeating: 1, count: entries.count)) }

    /// Those of requests that do not say.
    var standard: AdapterChoice { choice(scales.withLock(\.self)) }

    private func choice(_ scales: [Float]) -> AdapterChoice {
        AdapterChoice(zip(entries, scales).map { ScaledAdapter($0.adapter, scale: $1) })
    }

    /// Those that a request's `lora` names, as llama-server's does: `[{"id": 0, "scale": 0.5}]`. Others have the scale 0.
    ///
    /// - Throws: ``APIError`` for numbers that no adapter of the model has.
    func choice(_ fields: Fields) throws(APIError) -> AdapterChoice {
        guard let list = try fields.objects("lora") else { return standard }
        return choice(try scales(list))
    }

    /// Makes these the scales of requests that do not say.
    ///
    /// - Parameter new: of ``scales(_:)``.
    func setStandard(_ new: [Float]) { scales.withLock { $0 = new } }

    /// The scale of each adapter: 0 for one that the list does not name.
    ///
    /// - Throws: ``APIError``, as ``choice(_:)-(Fields)``.
    func scales(_ list: [Fields]) throws(APIError) -> [Float] {
        var scales = [Float](repeating: 0, count: entries.count)
        var named: Set<Int> = []
        for item in list {
            let id = try item.required("id", item.int("id"))
            guard let place = place(of: id) else {
                let known = entries.map { String($0.id) }.joined(separator: ", ")
                throw .invalid(
                    "\(item.place)id is \(id): the model \(model) has "
                        + (known.isEmpty ? "no adapters, which --lora gives it" : "the adapters \(known)"),
                    param: item.place + "id")
            }
            guard named.insert(id).inserted else {
                throw .invalid("\(item.place)id is \(id), as one before: name each once", param: item.place + "id")
            }
            scales[place] = try item.required("scale", item.float("scale"))
        }
        return scales
    }

    /// Whether an adapter is one of these.
    func has(_ id: Int) -> Bool { place(of: id) != nil }

    private func place(of id: Int) -> Int? { entries.firstIndex { $0.id == id } }

    /// What clients are told of them.
    var json: [JSONValue] {
        zip(entries, scales.withLock(\.self)).map { entry, scale in
            .members([
                ("id", .int(entry.id)), ("name", .string(entry.name)), ("model", .string(model)),
                ("scale", .float(scale)),
            ])
        }
    }
}
