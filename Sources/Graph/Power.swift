#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// The functions of the C mathematics library that a graph needs.
package enum Power {
    package static func of(_ base: Double, _ exponent: Double) -> Double { pow(base, exponent) }

    package static func logarithm(_ x: Double) -> Double { log(x) }
}
