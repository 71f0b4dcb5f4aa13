/// What BERT's text cleaning does to a character.
struct BERTCharacters: Sendable {
    struct Flags: OptionSet {
        let rawValue: UInt8

        /// Left out.
        static let removed = Flags(rawValue: 1)
        static let space = Flags(rawValue: 2)
        /// A word of its own.
        static let punctuation = Flags(rawValue: 4)
        /// A word of its own, whatever becomes of it.
        static let ideograph = Flags(rawValue: 8)
        /// An accent.
        static let mark = Flags(rawValue: 16)
        /// Not of combining class 0: does not keep marks on both sides of it from being reordered.
        static let reordered = Flags(rawValue: 32)
        static let decomposed = Flags(rawValue: 64)
        static let uppercase = Flags(rawValue: 128)
    }

    /// The tables, built at first use.
    static let shared = BERTCharacters()

    /// Where the flags of 256 code points begin, in units of 256.
    private var pages: [UInt16] = []
    private var flags: [UInt8] = []
    private var decompositions = CodePointMap()
    private var combiningClasses = CodePointMap()
    private var lowercase: [CaseRun] = []

    private init() {
        var flags = [UInt8](repeating: 0, count: 0x11_0000)
        func set(_ flag: Flags, _ first: UInt32, _ last: UInt32, step: UInt32 = 1) {
            for c in stride(from: Int(first), through: Int(last), by: Int(step)) { flags[c] |= flag.rawValue }
        }
        func set(_ flag: Flags, _ list: String) {
            var reader = HexListReader(list)
            while let range = reader.nextRange() { set(flag, range.first, range.last) }
        }
        set(.removed, BERTCharacterData.removed)
        set(.space, BERTCharacterData.spaces)
        set(.mark, BERTCharacterData.marks)
        set(.punctuation, BERTCharacterData.punctuation)
        set(.ideograph, BERTCharacterData.ideographs)
        set(.reordered, BERTCharacterData.reordered)
        var reader = HexListReader(BERTCharacterData.combiningClasses)
        while let value = reader.nextNumber(), let range = reader.nextRange() {
            set(.reordered, range.first, range.last)
            for c in range.first...range.last { combiningClasses.append(c, [value]) }
        }
        combiningClasses.sort()
        reader = HexListReader(BERTCharacterData.decompositions)
        while let c = reader.nextNumber() {
            set(.decomposed, c, c)
            decompositions.append(c, reader.nextSequence())
        }
        reader = HexListReader(BERTCharacterData.lowercase)
        while let run = reader.nextCaseRun() {
            set(.uppercase, run.first, run.last, step: run.step)
            lowercase.append(run)
        }
        set(.uppercase, Self.dottedI, Self.dottedI)
        pack(flags)
    }

    /// Stores pages that are the same throughout once.
    private mutating func pack(_ all: [UInt8]) {
        var uniform = [UInt16?](repeating: nil, count: 256)
        for start in stride(from: 0, to: all.count, by: 256) {
            let page = all[start..<start + 256]
            let first = all[start]
            let isUniform = page.allSatisfy { $0 == first }
            if isUniform, let number = uniform[Int(first)] {
                pages.append(number)
                continue
            }
            let number = UInt16(truncatingIfNeeded: flags.count >> 8)
            if isUniform { uniform[Int(first)] = number }
            pages.append(number)
            flags += page
        }
    }

    /// Capital I with a dot, the only character whose lower case is two: i and a combining dot.
    static let dottedI: UInt32 = 0x130

    /// - Parameter character: a code point, at most 10FFFF.
    func flags(of character: UInt32) -> Flags {
        Flags(rawValue: flags[Int(pages[Int(character >> 8)]) << 8 | Int(character & 0xFF)])
    }

    /// The canonical decomposition of a character that has the flag `decomposed`, without accents.
    func decomposition(of character: UInt32) -> ArraySlice<UInt32> { decompositions[character] }

    /// The canonical combining class, of characters that are no accents.
    func combiningClass(of character: UInt32) -> UInt32 { combiningClasses[character].first ?? 0 }

    /// The lower case of a character other than ``dottedI``.
    func lowercased(_ character: UInt32) -> UInt32 {
        var low = 0
        var high = lowercase.count
        while low < high {
            let middle = (low + high) / 2
            if lowercase[middle].last < character { low = middle + 1 } else { high = middle }
        }
        guard low < lowercase.count, lowercase[low].contains(character) else { return character }
        return character &+ lowercase[low].difference
    }
}

/// Characters at equal distances, each with the same difference from its lower case.
struct CaseRun {
    let first: UInt32
    let last: UInt32
    let step: UInt32
    /// Modulo 2³².
    let difference: UInt32

    func contains(_ character: UInt32) -> Bool {
        character >= first && character <= last && (character - first) % step == 0
    }
}

/// Short sequences by code point.
private struct CodePointMap {
    private var keys: [UInt32] = []
    private var sequences: [[UInt32]] = []

    mutating func append(_ key: UInt32, _ sequence: [UInt32]) {
        keys.append(key)
        sequences.append(sequence)
    }

    mutating func sort() {
        let order = keys.indices.sorted { keys[$0] < keys[$1] }
        keys = order.map { keys[$0] }
        sequences = order.map { sequences[$0] }
    }

    /// Empty for a key that is not there.
    subscript(key: UInt32) -> ArraySlice<UInt32> {
        var low = 0
        var high = keys.count
        while low < high {
            let middle = (low + high) / 2
            if keys[middle] < key { low = middle + 1 } else { high = middle }
        }
        return low < keys.count && keys[low] == key ? sequences[low][...] : []
    }
}
