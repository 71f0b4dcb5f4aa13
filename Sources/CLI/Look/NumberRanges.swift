import ArgumentParser

/// Numbers as one names them on the command line: `0,3..5`.
struct NumberRanges: ExpressibleByArgument {
    let numbers: Set<Int>
    let text: String

    /// Beyond every layer, head and position.
    private static let maxNumber = 1 << 30

    init?(argument: String) {
        var numbers: Set<Int> = []
        for part in argument.split(separator: ",", omittingEmptySubsequences: false) {
            guard let range = Self.range(part), range.upperBound <= Self.maxNumber, range.count <= 1 << 20 else {
                return nil
            }
            numbers.formUnion(range)
        }
        self.numbers = numbers
        text = argument
    }

    private static func range(_ text: Substring) -> ClosedRange<Int>? {
        let ends = text.split(separator: ".", omittingEmptySubsequences: false)
        switch (ends.count, ends.first.flatMap { Int($0) }, ends.last.flatMap { Int($0) }) {
        case (1, let one?, _) where one >= 0: return one...one
        case (3, let first?, let last?) where ends[1].isEmpty && first >= 0 && last >= first: return first...last
        default: return nil
        }
    }

    /// The numbers as one range; nil where some between them are missing.
    var range: Range<Int>? {
        guard let first = numbers.min(), let last = numbers.max(), last - first + 1 == numbers.count else { return nil }
        return first..<last + 1
    }
}
