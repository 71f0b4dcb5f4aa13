import Swiftlet

/// What `quantize` or `convert` wrote.
struct WeightsReport {
    struct Tensor {
        let name: String
        let oldType: String, newType: String
        let oldBytes: Int, newBytes: Int
        let elementCount: Int
        /// Nil where nothing was lost, or it was not measured.
        var relativeError: Double?
        /// Why it has not the type that was chosen for it, if it has another.
        var fallback: String?
    }

    let output: String
    let tensors: [Tensor]
    let seconds: Double

    private var elementCount: Int { tensors.reduce(0) { $0 + $1.elementCount } }
    private var oldBytes: Int { tensors.reduce(0) { $0 + $1.oldBytes } }
    private var newBytes: Int { tensors.reduce(0) { $0 + $1.newBytes } }

    /// Says which type a name stands for, where that is another's.
    static func explain(_ given: String, _ type: String) {
        if given.lowercased() != type { StandardStream.printNote("--type \(Format.visible(given)) means \(type)") }
    }

    /// Says which tensors have another type than was asked for, and why.
    func printFallbacks() {
        for tensor in tensors {
            guard let fallback = tensor.fallback else { continue }
            StandardStream.printNote(
                "\(Format.visible(tensor.name)): \(fallback): stored as \(tensor.newType) instead")
        }
    }

    /// A line for each tensor.
    var details: String {
        var table = Table(("tensor", .left), ("was", .left), ("is", .left), ("size", .right))
        for tensor in tensors {
            table.append(
                Format.visible(tensor.name), tensor.oldType, tensor.newType, Format.bytes(tensor.newBytes))
        }
        return table.text(for: .output)
    }

    /// The same, and what each tensor lost.
    var detailsWithErrors: String {
        var table = Table(
            ("tensor", .left), ("was", .left), ("is", .left), ("size", .right), ("relative error", .right))
        for tensor in tensors {
            table.append(
                Format.visible(tensor.name), tensor.oldType, tensor.newType, Format.bytes(tensor.newBytes),
                tensor.relativeError.map { Format.decimal($0, 6) } ?? "copied")
        }
        return table.text(for: .output)
    }

    /// Tensors by type, and sizes.
    var summary: String {
        var table = Table(
            ("type", .left), ("tensors", .right), ("parameters", .right), ("size", .right), ("bits per weight", .right))
        let kinds = Dictionary(grouping: tensors, by: \.newType).mapValues { tensors in
            tensors.reduce(into: (count: 0, elements: 0, bytes: 0)) { sum, tensor in
                sum.count += 1
                sum.elements += tensor.elementCount
                sum.bytes += tensor.newBytes
            }
        }
        for (type, sum) in kinds.sorted(by: { ($0.value.bytes, $0.key) > ($1.value.bytes, $1.key) }) {
            table.append(
                type, Format.count(sum.count), Format.count(sum.elements), Format.bytes(sum.bytes),
                bits(sum.bytes, sum.elements))
        }
        let sizes =
            "\(Format.bytes(oldBytes)) (\(bits(oldBytes, elementCount)) bits per weight) -> "
            + "\(Format.bytes(newBytes)) (\(bits(newBytes, elementCount)))"
        return table.text(for: .output) + "\n\(Format.visible(output)): \(sizes) in \(Format.decimal(seconds, 1)) s\n"
    }

    private func bits(_ bytes: Int, _ elements: Int) -> String {
        Format.decimal(Double(bytes) * 8 / Double(max(elements, 1)), 2)
    }
}

extension WeightsReport.Tensor {
    init(_ tensor: QuantizedTensor) {
        self.init(
            name: tensor.name, oldType: tensor.oldType, newType: tensor.newType, oldBytes: tensor.oldBytes,
            newBytes: tensor.newBytes, elementCount: tensor.elementCount, relativeError: tensor.relativeError,
            fallback: tensor.fallback)
    }
}
