/// The state of a sequence at some length: pages and a block, each perhaps shared with other sequences.
struct SequenceRecord: Sendable {
    /// Consecutive pages of a group of layers.
    struct Run: Sendable {
        /// The first page's place in the sequence: those before it fell out of the window.
        var first = 0
        var pages: [Int32] = []

        var end: Int { first + pages.count }
    }

    /// Positions.
    var length = 0
    /// Positions that cross-attention reads.
    var crossLength = 0
    /// By group.
    var runs: [Run]
    /// The block of all states that each step replaces.
    var block: Int32

    init(groups: Int, block: Int32) {
        runs = [Run](repeating: Run(), count: groups)
        self.block = block
    }
}
