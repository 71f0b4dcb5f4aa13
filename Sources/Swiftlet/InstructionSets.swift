internal import Tensors

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// The instruction sets that kernels are written for; one is chosen when a session begins.
public enum InstructionSets {
    /// Those that this CPU can run, the fastest first.
    public static var runnable: [String] { Kernels.runnable }

    /// Every one of this build.
    public static var known: [String] { Kernels.known }

    /// The kernels called `name`, or else what `SWIFTLET_ISA` says, or else the fastest.
    static func kernels(_ name: String?) throws(SwiftletError) -> Kernels {
        let environment = unsafe getenv("SWIFTLET_ISA").map { unsafe String(cString: $0) }
        guard let name = name ?? environment, !name.isEmpty else { return Kernels.best }
        do throws(Tensors.TensorError) { return try Kernels(named: name) } catch { throw SwiftletError(error) }
    }
}
