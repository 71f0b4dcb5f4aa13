internal import CKernels

/// The kernels of one instruction set: the only door from Swift to the C code.
///
/// Wrappers check sizes (a wrong one is a programming error) and hand over pointers; they work by the row or by the
/// operation, never by the element.
@safe package struct Kernels: BitwiseCopyable, @unchecked Sendable {  // the table is constant
    let table: UnsafePointer<swl_kernels>

    /// The fastest that this CPU can run.
    package static var best: Kernels { unsafe Kernels(table: swl_kernels_best()) }

    /// The kernels called `name`: `scalar`, `avx2`, `avxvnni`, `avx512`, `neon`, `i8mm`.
    ///
    /// - Throws: ``TensorError/instructionSet(name:known:runnable:)``.
    package init(named name: String) throws(TensorError) {
        guard let table = unsafe swl_kernels_named(name) else {
            throw .instructionSet(name: name, known: Self.known, runnable: Self.runnable)
        }
        unsafe self.table = table
    }

    private init(table: UnsafePointer<swl_kernels>) {
        unsafe self.table = table
    }

    package var name: String { unsafe String(cString: table.pointee.name) }

    /// Every instruction set of this build.
    package static var known: [String] {
        var names: [String] = []
        while let name = unsafe swl_kernels_name(names.count) { names.append(unsafe String(cString: name)) }
        return names
    }

    /// Those that this CPU can run.
    package static var runnable: [String] { known.filter { unsafe swl_kernels_named($0) != nil } }
}
