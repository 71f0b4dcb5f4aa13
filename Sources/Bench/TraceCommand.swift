package import ArgumentParser
internal import GGUF
internal import JSON
internal import Swiftlet

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Writes every value of a model's graph in one run: what somebody who ports a family compares with another program's.
package struct TraceCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "trace",
        abstract: "Writes the values of all nodes of a model's graph as NumPy arrays.",
        discussion: """
            Each node has a file, float32 [rows, columns]; index.json names its operation, weights, shape and, for the \
            residual stream, the number of layers that it has gone through. Operations are not fused. An existing folder is \
            used, its files are replaced.

            Example:
              ./dev trace model.gguf "Hello world" -o trace
            """)

    @Argument(help: "Model file (GGUF).")
    package var model: String

    @Argument(help: "The text.")
    package var text: String

    @Option(name: .shortAndLong, help: ArgumentHelp("Folder of the arrays.", valueName: "dir"))
    package var output = "trace"

    @Option(help: ArgumentHelp("Token ids instead of the text.", valueName: "id,..."))
    package var ids: String?

    @Option(
        name: .customLong("decoder-ids"),
        help: ArgumentHelp("Encoder-decoders: ids of the target, from the start token on.", valueName: "id,..."))
    package var decoderIDs: String?

    @Option(help: ArgumentHelp("Threads, 1 to 1024. (default: as many as this process may use)", valueName: "n"))
    package var threads: Int?

    package init() {}

    package func validate() throws {
        for list in [ids, decoderIDs] { if let list { _ = try Self.tokens(list) } }
    }

    private static func tokens(_ list: String) throws -> [Token] {
        try list.split(separator: ",").map { part in
            guard let token = Token(part.filter { $0 != " " }) else {
                throw ValidationError("'\(part)' is no token id: use numbers with commas between them")
            }
            return token
        }
    }

    package func run() throws {
        let model = try Model(path: model)
        let tokens = try ids.map(Self.tokens) ?? model.tokenize(text)
        let target = try decoderIDs.map(Self.tokens) ?? []
        var runtime = RuntimeOptions()
        runtime.threads = threads ?? 0
        guard unsafe mkdir(output, 0o777) == 0 || errno == EEXIST else {
            throw ValidationError("the folder \(output) cannot be made (error \(errno))")
        }
        var lines: [String] = []
        try model.forEachNode(of: tokens, target: target, runtime) { node in
            let name = "\(node.stage)-\(Self.padded(node.operation))-\(node.node).npy"
            try Self.write(node, to: "\(output)/\(name)")
            lines.append(Self.line(node, file: name))
        }
        let index = """
            {"architecture":\(JSONValue.quoted(model.architecture)),"tokens":\(tokens),"decoder_tokens":\(target),"nodes":[
            \(lines.joined(separator: ",\n"))
            ]}

            """
        try Self.write(Array(index.utf8), to: "\(output)/index.json")
        print("\(output): \(lines.count) arrays and index.json")
    }

    private static func padded(_ number: Int) -> String {
        let digits = "\(number)"
        return String(repeating: "0", count: max(0, 5 - digits.count)) + digits
    }

    private static func line(_ node: NodeValue, file: String) -> String {
        let weights = node.weights.map(JSONValue.quoted).joined(separator: ",")
        return """
            {"file":\(JSONValue.quoted(file)),"stage":"\(node.stage)","node":"\(node.node)","operation":\
            \(JSONValue.quoted(node.text)),"weights":[\(weights)],"shape":[\(node.rows),\(node.columns)]\
            \(node.layer.map { ",\"layer\":\($0)" } ?? "")}
            """
    }

    /// Version 1.0 of NumPy's form: a header that is filled up to a multiple of 64, then the elements.
    private static func write(_ node: NodeValue, to path: String) throws {
        let headerSize = 128
        let prefixSize = 10
        var text = "{'descr': '<f4', 'fortran_order': False, 'shape': (\(node.rows), \(node.columns)), }"
        text += String(repeating: " ", count: headerSize - 1 - prefixSize - text.utf8.count) + "\n"
        var bytes: [UInt8] = [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(headerSize - prefixSize), 0]
        bytes += Array(text.utf8)
        bytes.reserveCapacity(headerSize + 4 * node.values.count)
        for value in node.values {
            let bits = value.bitPattern
            for shift in stride(from: 0, to: 32, by: 8) { bytes.append(UInt8(truncatingIfNeeded: bits >> shift)) }
        }
        try write(bytes, to: path)
    }

    private static func write(_ bytes: [UInt8], to path: String) throws {
        let file = try PendingFile(path: path)
        try file.write(unsafe bytes.span.bytes)
        try file.finish()
    }
}
