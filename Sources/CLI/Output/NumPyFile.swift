import Foundation

/// A NumPy array file of float32, `[rows, columns]`, written row by row.
///
/// Version 1.0: the bytes 0x93 "NUMPY" 1 0, the header's length as a little-endian uint16, the header (a Python
/// dictionary, filled up with spaces so that the data starts at a multiple of 64, and a line break), the elements.
/// Source: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
final class NumPyFile {
    /// Nil: standard output.
    private let file: OutputFile?
    /// Where rows wait until their number is known, for outputs that cannot be changed once written.
    private let spool: Spool?
    private var buffer: [UInt8]
    private let columns: Int
    /// Nil when the number of rows was not known at the start.
    private let knownRows: Int?
    private var rows = 0

    private static let bufferSize = 1 << 20

    /// - Parameters:
    ///   - path: nil: standard output.
    ///   - rows: nil: it is known at the end.
    /// - Throws: `Failure` when the file cannot be created, or is a terminal.
    init(path: String?, rows: Int?, columns: Int) throws(Failure) {
        let file = try path.map { path throws(Failure) in try OutputFile(path: path) }
        guard !(file?.isTerminal ?? StandardStream.output.isTerminal) else { throw .message(Self.terminalRefusal) }
        self.file = file
        self.columns = columns
        knownRows = rows
        // A stream, or a file opened for appending, cannot be overwritten from its start.
        spool = rows == nil && file?.isSeekable != true ? try Spool() : nil
        buffer = spool == nil ? Self.header(rows: rows ?? 0, columns: columns) : []
        buffer.reserveCapacity(Self.bufferSize)
    }

    /// The message for a terminal, which is not sent binary data.
    static let terminalRefusal =
        "a NumPy array is no text for a terminal: name a file with -o out.npy, or send standard output to a file or pipe"

    /// Adds the next row.
    func append(_ row: Span<Float>) throws(Failure) {
        // Little-endian, as is every machine that maps GGUF files.
        unsafe row.withUnsafeBytes { unsafe buffer.append(contentsOf: $0) }
        rows += 1
        if buffer.count >= Self.bufferSize { try flush() }
    }

    /// Puts the file in its place; without this call nothing is left of it.
    func finish() throws(Failure) {
        try flush()
        let header = Self.header(rows: rows, columns: columns)
        if let spool {
            try write(header)
            try spool.read(write)
        } else if knownRows == nil {
            try file?.overwrite(header, at: 0)
        }
        try file?.finish()
    }

    private func flush() throws(Failure) {
        if let spool { try spool.write(buffer) } else { try write(buffer) }
        buffer.removeAll(keepingCapacity: true)
    }

    private func write(_ bytes: [UInt8]) throws(Failure) {
        if let file { try file.write(bytes) } else { try StandardStream.output.write(bytes) }
    }

    /// As long for any number of rows: the longest dictionary has 95 bytes.
    private static let headerSize = 128

    private static func header(rows: Int, columns: Int) -> [UInt8] {
        var text = "{'descr': '<f4', 'fortran_order': False, 'shape': (\(rows), \(columns)), }"
        let lengthAt = 8
        let textAt = 10
        text += String(repeating: " ", count: headerSize - 1 - textAt - text.utf8.count) + "\n"
        var bytes: [UInt8] = [0x93] + Array("NUMPY".utf8) + [1, 0, 0, 0]
        bytes[lengthAt] = UInt8(truncatingIfNeeded: text.utf8.count)
        bytes[lengthAt + 1] = UInt8(truncatingIfNeeded: text.utf8.count >> 8)
        return bytes + Array(text.utf8)
    }
}
