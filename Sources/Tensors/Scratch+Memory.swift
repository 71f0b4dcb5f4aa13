internal import CKernels

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

extension Scratch {
    /// Writes to every byte.
    package func fill(_ value: UInt8) { unsafe memset(base, CInt(value), byteCount) }

    /// Reads every byte, as fast as one core can.
    package func readAll() { _ = unsafe swl_read_memory(base, byteCount) }
}
