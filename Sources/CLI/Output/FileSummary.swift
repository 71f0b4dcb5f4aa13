import GGUF

/// Totals of a model file's tensors.
struct FileSummary {
    /// The tensors of one type.
    struct Kind {
        let type: TensorType
        var tensors = 0
        var parameters = 0
        var bytes = 0

        var bitsPerWeight: Double { parameters > 0 ? Double(bytes) * 8 / Double(parameters) : 0 }
    }

    /// Largest first.
    let kinds: [Kind]

    init(_ file: GGUFFile) {
        var kinds: [TensorType: Kind] = [:]
        for tensor in file.tensors {
            kinds[tensor.type, default: Kind(type: tensor.type)].tensors += 1
            kinds[tensor.type]?.parameters += tensor.elementCount
            kinds[tensor.type]?.bytes += tensor.byteCount
        }
        self.kinds = kinds.values.sorted { ($0.bytes, $0.type.rawValue) > ($1.bytes, $1.type.rawValue) }
    }

    var parameters: Int { kinds.reduce(0) { $0 + $1.parameters } }
    var bytes: Int { kinds.reduce(0) { $0 + $1.bytes } }
    var bitsPerWeight: Double { parameters > 0 ? Double(bytes) * 8 / Double(parameters) : 0 }
}
