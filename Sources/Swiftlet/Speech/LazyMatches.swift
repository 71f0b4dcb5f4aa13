/// The matches that zlib finds: a match waits for a longer one at the next byte.
enum LazyMatches {
    static let shortest = 3
    static let longest = 258
    private static let (lazy, good, nice, chain) = (16, 8, 128, 128)
    private static let maxDistance = 32_768 - 262
    /// Beyond this distance a match of three bytes costs more than its letters.
    private static let tooFar = 4096

    /// - Parameter emit: gets a length and a distance; or a byte and the distance 0.
    static func parse(_ bytes: [UInt8], _ emit: (_ length: Int, _ distance: Int) -> Void) {
        var chains = HashChains(bytes)
        var at = 0
        var length = shortest - 1
        var start = 0
        var holdsByte = false
        while at < bytes.count {
            let head = chains.insert(at)
            let (lastLength, lastStart) = (length, start)
            length = shortest - 1
            if let head, lastLength < lazy, at - head <= maxDistance {
                let found = match(bytes, at, head, longerThan: lastLength, chains)
                length = found?.length ?? min(lastLength, bytes.count - at)
                start = found?.start ?? start
                if length == shortest, at - start > tooFar { length = shortest - 1 }
            }
            if lastLength >= shortest, length <= lastLength {
                emit(lastLength, at - 1 - lastStart)
                for place in at + 1..<at + lastLength - 1 { _ = chains.insert(place) }
                at += lastLength - 1
                holdsByte = false
                length = shortest - 1
            } else {
                if holdsByte { emit(Int(bytes[at - 1]), 0) }
                holdsByte = true
                at += 1
            }
        }
        if holdsByte, let last = bytes.last { emit(Int(last), 0) }
    }

    private static func match(
        _ bytes: [UInt8], _ at: Int, _ head: Int, longerThan length: Int, _ chains: HashChains
    ) -> (start: Int, length: Int)? {
        let most = min(longest, bytes.count - at)
        var best = (start: 0, length: length)
        var place = head
        for _ in 0..<(length >= good ? chain / 4 : chain) {
            var same = 0
            while same < most, bytes[place + same] == bytes[at + same] { same += 1 }
            if same > best.length {
                best = (place, same)
                if same >= min(nice, bytes.count - at) { break }
            }
            place = chains.before(place)
            guard place > max(0, at - maxDistance) else { break }
        }
        return best.length > length ? best : nil
    }
}

/// Places by the hash of the three bytes there, the last first. The place 0 stands for none.
private struct HashChains {
    private let bytes: [UInt8]
    private var heads = [Int](repeating: 0, count: 1 << 15)
    private var befores: [Int]

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        befores = [Int](repeating: 0, count: bytes.count)
    }

    /// The last place of the same hash, before this one.
    mutating func insert(_ at: Int) -> Int? {
        guard at + 2 < bytes.count else { return nil }
        let hash = (Int(bytes[at]) << 10 ^ Int(bytes[at + 1]) << 5 ^ Int(bytes[at + 2])) & 0x7FFF
        befores[at] = heads[hash]
        heads[hash] = at
        return befores[at] > 0 ? befores[at] : nil
    }

    func before(_ place: Int) -> Int { befores[place] }
}
