internal import CKernels

/// Chains of the int8 dot instructions that an instruction set has, as fast as the CPU can run them.
@safe package struct DotPeak: BitwiseCopyable, @unchecked Sendable {  // the table is constant
    private let entry: UnsafePointer<swl_peak>

    /// Nil where the kernels have no such instructions: those in plain C.
    package init?(_ kernels: Kernels) {
        guard let entry = unsafe swl_peak_named(kernels.table.pointee.name) else { return nil }
        unsafe self.entry = entry
    }

    /// Multiplications of one round.
    package var products: Int { unsafe entry.pointee.products }

    package func run(rounds: Int) { _ = unsafe entry.pointee.run(rounds) }
}
