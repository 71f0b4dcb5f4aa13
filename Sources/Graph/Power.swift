#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// The one function of the C mathematics library that a graph needs.
enum Power {
    static func of(_ base: Double, _ exponent: Double) -> Double { pow(base, exponent) }
}
