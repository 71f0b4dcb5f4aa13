internal import CKernels

/// Chains of one kind of int8 dot instructions, as fast as the CPU can run them.
@safe package struct DotPeak: BitwiseCopyable, @unchecked Sendable {  // the table is constant
    private let entry: UnsafePointer<swl_peak>

    /// Those that this CPU has, slowest first.
    package static var runnable: [DotPeak] {
        var found: [DotPeak] = []
        var index = 0
        while let entry = unsafe swl_peak_at(index) {
            if unsafe entry.pointee.runs_here() { unsafe found.append(DotPeak(entry: entry)) }
            index += 1
        }
        return found
    }

    package var name: String { unsafe String(cString: entry.pointee.name) }

    /// Multiplications of one round.
    package var products: Int { unsafe entry.pointee.products }

    package func run(rounds: Int) { _ = unsafe entry.pointee.run(rounds) }
}
