/// Finds where the last few tokens of a text came before.
///
/// One open-addressing hash table per n-gram length, from the n-gram to the position after its latest occurrence: 8 to 16
/// bytes a token, and constant time, a few nanoseconds, to add or look up.
package struct LookupIndex {
    /// The longest run.
    package static let longest = 4

    private let lengths: ClosedRange<Int>
    private var tokens: [Token] = []
    /// By length, from the shortest: the indices behind the last token of a run; 0 where a table's place is free.
    private var tables: [[Int32]]

    package init(matching lengths: ClosedRange<Int>) {
        self.lengths = lengths
        tables = lengths.map { _ in [Int32](repeating: 0, count: 64) }
    }

    /// Takes in what follows the tokens that it has.
    package mutating func update(_ text: [Token]) {
        if text.count * 2 > tables[0].count { grow(text.count * 2) }
        for index in tokens.count..<max(tokens.count, text.count) {
            // A run is entered when it has a token behind it, so that the text's end does not find itself.
            enter(endingAt: index)
            tokens.append(text[index])
        }
    }

    /// Up to `count` tokens that followed the latest earlier place of the longest run that the text ends with.
    ///
    /// A place near the end is copied on past the end: a text that repeats itself goes on repeating.
    package func guess(_ count: Int) -> [Token] {
        for length in lengths.reversed() where length < tokens.count {
            let place = place(of: tokens.count, length)
            let end = Int(tables[length - lengths.lowerBound][place])
            guard end > 0 else { continue }
            var guess: [Token] = []
            for index in end..<end + count {
                guess.append(index < tokens.count ? tokens[index] : guess[index - tokens.count])
            }
            return guess
        }
        return []
    }

    private mutating func enter(endingAt end: Int) {
        for length in lengths where length <= end {
            let place = place(of: end, length)
            tables[length - lengths.lowerBound][place] = Int32(truncatingIfNeeded: end)
        }
    }

    private mutating func grow(_ count: Int) {
        var size = tables[0].count
        while size < count { size *= 2 }
        for table in tables.indices { tables[table] = [Int32](repeating: 0, count: size) }
        for end in 1..<max(1, tokens.count) { enter(endingAt: end) }
    }

    /// Where the table has, or would have, the run of `length` tokens that ends at `end`.
    private func place(of end: Int, _ length: Int) -> Int {
        let table = tables[length - lengths.lowerBound]
        var hash: UInt64 = 0
        for index in end - length..<end {
            hash = (hash ^ UInt64(UInt32(bitPattern: tokens[index]))) &* 0x9E37_79B9_7F4A_7C15
            hash ^= hash >> 29
        }
        var place = Int(truncatingIfNeeded: hash >> 8) & (table.count - 1)
        while case let other = Int(table[place]), other > 0, !isSameRun(other, end, length) {
            place = (place + 1) & (table.count - 1)
        }
        return place
    }

    private func isSameRun(_ a: Int, _ b: Int, _ length: Int) -> Bool {
        for offset in 1...length where tokens[a - offset] != tokens[b - offset] { return false }
        return true
    }
}
