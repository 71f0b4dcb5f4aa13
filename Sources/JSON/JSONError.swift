/// Why a text is no JSON.
package struct JSONError: Error, Equatable, CustomStringConvertible {
    /// Bytes before the place, from 0.
    package let offset: Int
    package let problem: String

    package var description: String { "byte \(offset): \(problem)" }
}
