#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// The functions of the C mathematics library that a graph needs.
enum Power {
    static func of(_ base: Double, _ exponent: Double) -> Double { pow(base, exponent) }

    static func logarithm(_ x: Double) -> Double { log(x) }
}
