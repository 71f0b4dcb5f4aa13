import Swiftlet

/// The adapters that a text is written with, in the order in which the server has them; none has the scale 0.
struct AdapterChoice: Sendable, Equatable {
    private(set) var adapters: [ScaledAdapter] = []

    /// The model alone.
    static let none = AdapterChoice()

    private init() {}

    init(_ adapters: [ScaledAdapter]) {
        self.adapters = adapters.filter { $0.scale != 0 }
    }

    /// States of tokens that one of two choices gave are those of the other only where they are equal.
    static func == (a: AdapterChoice, b: AdapterChoice) -> Bool {
        a.adapters.elementsEqual(b.adapters) { $0.adapter === $1.adapter && $0.scale == $1.scale }
    }
}
