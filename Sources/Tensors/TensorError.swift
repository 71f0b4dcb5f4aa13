/// A mismatch between a file's bytes and a kernel's expectations.
package enum TensorError: Error, Equatable, CustomStringConvertible {
    /// The bytes of a weight do not fit its shape.
    case size(expected: Int, found: Int)
    /// `columns` is not a multiple of the format's block.
    case raggedRow(format: WeightFormat, columns: Int)
    /// A dimension is below one, or the product of sizes leaves `Int`.
    case dimensions(rows: Int, columns: Int)
    /// The address of a weight is not a multiple of its element's size.
    case alignment(format: WeightFormat)
    /// The system gave no memory.
    case outOfMemory(bytes: Int)
    /// `SWIFTLET_ISA` names no instruction set of this build, or one this CPU lacks.
    case instructionSet(name: String, known: [String], runnable: [String])

    package var description: String {
        switch self {
        case .size(let expected, let found):
            "the weight has \(found) bytes where its shape needs \(expected)"
        case .raggedRow(let format, let columns):
            "a row of \(columns) elements is not a whole number of \(format.name) blocks of \(format.blockElements)"
        case .dimensions(let rows, let columns):
            "a weight of \(rows) rows and \(columns) columns is not possible"
        case .alignment(let format):
            "the weight does not start at a multiple of its \(format.name) element's size"
        case .outOfMemory(let bytes):
            "the system has no \(bytes) bytes of memory for it; use a shorter context or fewer tokens a step"
        case .instructionSet(let name, let known, let runnable):
            known.contains(name)
                ? "this CPU cannot run '\(name)'; it can run \(runnable.joined(separator: ", "))"
                : "no instruction set is called '\(name)'; known are \(known.joined(separator: ", "))"
        }
    }
}
