import ArgumentParser
import GGUF
import Graph
import Swiftlet

/// Shows what is in a model file.
struct Inspect: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Shows a file's metadata and tensors, or its graph.",
        discussion: """
            Works with every GGUF file; --graph needs a supported model. Shapes are outermost first, [rows, columns]; \
            offsets are bytes from the start of the file.

            Example:
              swiftlet inspect model.gguf
            """)

    @Argument(help: "GGUF file; or use -m.", completion: .file())
    var file: String?

    @OptionGroup var modelFlags: ModelFlags

    @Flag(name: .customLong("json"), help: "Print JSON, with long arrays abbreviated.")
    var printsJSON = false

    @Flag(name: .customLong("full"), help: "With --json: print whole arrays.")
    var isFull = false

    @Flag(name: .customLong("graph"), help: "Print the graph and its compiled program.")
    var printsGraph = false

    func validate() throws {
        if file != nil, modelFlags.path != nil {
            throw ValidationError("more than one file was given: use a single argument or -m")
        }
        if file == "" { throw ValidationError("the path of the model is empty: use swiftlet inspect model.gguf") }
        if printsGraph, printsJSON { throw ValidationError("--graph and --json exclude each other") }
        if isFull, !printsJSON { throw ValidationError("--full belongs to --json: use --json --full") }
    }

    func run() throws {
        var modelFlags = modelFlags
        modelFlags.path = modelFlags.path ?? file
        if printsGraph {
            let model = try modelFlags.open()
            try StandardStream.output.write(model.graph.description + "\n\n" + model.program.description + "\n")
        } else if printsJSON {
            try json(modelFlags.openFile()).print(isPretty: true)
        } else {
            try StandardStream.output.write(text(modelFlags.openFile(), modelFlags))
        }
    }
}

// MARK: - Tables

extension Inspect {
    private func text(_ file: GGUFFile, _ modelFlags: ModelFlags) -> String {
        let summary = FileSummary(file)
        let bits = Format.decimal(summary.bitsPerWeight, 2)
        let lines = [
            "\(Format.visible(file.path)): GGUF version \(file.version), alignment \(file.alignment)",
            "\(Format.count(file.metadata.count)) metadata pairs, \(Format.count(file.tensors.count)) tensors, "
                + "\(Format.magnitude(summary.parameters)) parameters (\(Format.count(summary.parameters))), "
                + "\(Format.bytes(summary.bytes)), \(bits) bits per weight",
            use(modelFlags),
        ]
        let tables = [metadataTable(file), tensorTable(file), typeTable(summary)]
        return lines.map { $0 + "\n" }.joined() + tables.map { "\n" + $0.text(for: .output) }.joined()
    }

    /// What the file can be used for, or why it cannot.
    private func use(_ modelFlags: ModelFlags) -> String {
        do {
            return "runs: swiftlet \(try modelFlags.open().kind.commands.joined(separator: ", "))"
        } catch {
            return "does not run: \(Format.visible("\(error)"))"
        }
    }

    private func metadataTable(_ file: GGUFFile) -> Table {
        var table = Table(("key", .left), ("type", .left), ("value", .left))
        for (key, value) in file.metadata {
            let type = value.type == .array ? "\(value.elementType)[\(value.count)]" : "\(value.type)"
            // The description spells control characters out.
            table.append(Format.visible(key), type, value.description)
        }
        return table
    }

    private func tensorTable(_ file: GGUFFile) -> Table {
        var table = Table(
            ("tensor", .left), ("type", .left), ("shape", .left), ("size", .right), ("offset", .right),
            ("part", .right))
        for tensor in file.tensors {
            table.append(
                Format.visible(tensor.name), tensor.type.name, "\(Array(tensor.dimensions.reversed()))",
                Format.bytes(tensor.byteCount), "\(tensor.offset)", "\(tensor.part + 1)")
        }
        return table
    }

    private func typeTable(_ summary: FileSummary) -> Table {
        var table = Table(
            ("type", .left), ("tensors", .right), ("parameters", .right), ("size", .right), ("bits per weight", .right))
        for kind in summary.kinds {
            table.append(
                kind.type.name, Format.count(kind.tensors), Format.count(kind.parameters), Format.bytes(kind.bytes),
                Format.decimal(kind.bitsPerWeight, 2))
        }
        return table
    }
}

// MARK: - JSON

extension Inspect {
    private func json(_ file: GGUFFile) throws(GGUFError) -> JSON {
        let summary = FileSummary(file)
        return .object([
            "path": .string(file.path), "version": .int(file.version), "alignment": .int(file.alignment),
            "metadata": try file.metadata.json(isFull: isFull), "tensors": .array(file.tensors.map(json)),
            "types": .array(summary.kinds.map(json)), "parameters": .int(summary.parameters),
            "tensor_bytes": .int(summary.bytes), "bits_per_weight": .number(summary.bitsPerWeight),
        ])
    }

    private func json(_ tensor: TensorInfo) -> JSON {
        .object([
            "name": .string(tensor.name), "type": .string(tensor.type.name),
            "shape": .ints(tensor.dimensions.reversed()), "bytes": .int(tensor.byteCount),
            "offset": .int(tensor.offset), "part": .int(tensor.part + 1),
        ])
    }

    private func json(_ kind: FileSummary.Kind) -> JSON {
        .object([
            "type": .string(kind.type.name), "tensors": .int(kind.tensors), "parameters": .int(kind.parameters),
            "bytes": .int(kind.bytes), "bits_per_weight": .number(kind.bitsPerWeight),
        ])
    }
}
