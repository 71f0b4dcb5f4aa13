/// Finds the first of some strings in a stream of text, and holds back what may be the beginning of one.
package struct StopStrings {
    private let stops: [[UInt8]]
    private var held: [UInt8] = []

    /// - Parameter stops: none is empty.
    package init(_ stops: [String]) {
        self.stops = stops.map { Array($0.utf8) }
    }

    /// The text that is free to go, and whether a stop string followed it.
    package mutating func append(_ text: String) -> (text: String, stopped: Bool) {
        held.append(contentsOf: text.utf8)
        if let start = firstStop() {
            let free = String(decoding: held[..<start], as: UTF8.self)
            held.removeAll()
            return (free, true)
        }
        let free = held.count - heldLength()
        let text = String(decoding: held[..<free], as: UTF8.self)
        held.removeSubrange(..<free)
        return (text, false)
    }

    /// Returns the text held back that turned out not to be a stop string.
    package mutating func finish() -> String {
        defer { held.removeAll() }
        return String(decoding: held, as: UTF8.self)
    }

    private func firstStop() -> Int? {
        held.indices.first { start in
            stops.contains { held[start...].starts(with: $0) }
        }
    }

    /// Bytes at the end that some stop string begins with. Never part of a character: a stop string begins with one.
    private func heldLength() -> Int {
        for start in held.indices where stops.contains(where: { $0.starts(with: held[start...]) }) {
            return held.count - start
        }
        return 0
    }
}
