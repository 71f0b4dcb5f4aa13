/// How many tokens to guess next: more after guesses that were all right, fewer after wrong ones, none for a while when even
/// single guesses keep being wrong.
///
/// It depends on the text alone, not on the clock, so that a seed gives the same text every time.
struct DraftLength {
    private let most: Int
    private var length: Int
    private var pause = 0
    private var rest = 0

    private static let longestPause = 32

    init(most: Int) {
        self.most = most
        length = min(most, 3)
    }

    /// Tokens to guess in the step to come.
    mutating func next() -> Int {
        guard rest == 0 else {
            rest -= 1
            return 0
        }
        return length
    }

    /// Notes how a step's guesses turned out; `drafted` is not 0.
    mutating func note(drafted: Int, accepted: Int) {
        if accepted > 0 { pause = 0 }
        if accepted == drafted {
            length = min(most, max(length, drafted + 2))
        } else if length > 1 {
            length = min(length, max(1, accepted + 1, length - 1))
        } else {
            pause = min(2 * pause + 1, Self.longestPause)
            rest = pause
        }
    }
}
