#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Why the parts of a split model were refused.
package enum SplitError: Error, Equatable, CustomStringConvertible {
    /// The metadata says the model is split, the file's name does not end in "-00001-of-0000N.gguf".
    case name(count: Int)
    /// No name to find the other parts by: the bytes are not from a file.
    case noFile(count: Int)
    /// A number in a part is not what the name, or part 1, says.
    case mismatch(key: String, expected: Int, found: Int)
    case missingPart(path: String)
    case duplicateTensor(name: String)

    package var description: String {
        switch self {
        case .name(let count):
            "part of a model split into \(count) files, but its name does not end in \"-NNNNN-of-NNNNN.gguf\", so the "
                + "other parts cannot be found"
        case .noFile(let count): "part of a model split into \(count) files, which must be opened by path"
        case .mismatch(let key, let expected, let found): "\(key) is \(found), expected \(expected)"
        case .missingPart(let path): "a part of this split model is missing: \(path)"
        case .duplicateTensor(let name): "tensor \(name.quoted) is also in an earlier part"
        }
    }
}

/// The metadata keys of a split model.
enum SplitKey {
    static let number = "split.no"
    static let count = "split.count"
    static let tensorCount = "split.tensors.count"
}

/// A name such as `model-00002-of-00003.gguf`, numbered from 1, or the same with `.gguf.zst`.
///
/// Source: `llama_split_path` in llama.cpp's `src/llama.cpp`.
package struct SplitName: Equatable {
    let prefix: String
    package let number: Int
    package let count: Int
    package let isCompressed: Bool

    package init?(path: String) {
        let compressed = path.hasSuffix(".gguf.zst")
        guard compressed || path.hasSuffix(".gguf") else { return nil }
        let stem = path.dropLast(compressed ? ".gguf.zst".count : ".gguf".count)
        // "-00001-of-00003"
        let ending = Array(stem.utf8.suffix(15))
        guard ending.count == 15, ending[0] == UInt8(ascii: "-"), ending[6...9].elementsEqual("-of-".utf8),
            let prefix = String(stem.utf8.dropLast(15)),
            let number = Self.number(ending[1...5]), let count = Self.number(ending[10...14]),
            number >= 1, number <= count
        else { return nil }
        self.prefix = prefix
        self.number = number
        self.count = count
        isCompressed = compressed
    }

    /// The path of another part.
    package func path(of number: Int, compressed: Bool) -> String {
        "\(prefix)-\(Self.digits(number))-of-\(Self.digits(count)).gguf" + (compressed ? ".zst" : "")
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
        var number = 0
        for digit in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            number = number * 10 + Int(digit - UInt8(ascii: "0"))
        }
        return number
    }

    private static func digits(_ number: Int) -> String {
        let text = "\(number)"
        return String(repeating: "0", count: max(5 - text.count, 0)) + text
    }
}

extension FilePart {
    /// All parts of the model that this file belongs to, in order: itself alone when it is not split.
    ///
    /// Any part may be the one that was opened; the others are found beside it, by name.
    func siblings(isFile: Bool, budget: inout Int) throws(GGUFError) -> [FilePart] {
        let metadata = Metadata(self)
        let count = try metadata.int(SplitKey.count, default: 1)
        guard count > 1 else { return [self] }
        guard isFile else { throw .split(path: path, .noFile(count: count)) }
        guard let name = SplitName(path: path) else { throw .split(path: path, .name(count: count)) }
        var parts: [FilePart] = []
        for number in 1...name.count {
            let part = number == name.number ? self : try Self.open(name, number, budget: &budget)
            try part.expect(SplitKey.count, name.count)
            try part.expect(SplitKey.number, number - 1)
            parts.append(part)
        }
        let total = parts.reduce(0) { $0 + $1.header.tensors.count }
        try parts[0].expect(SplitKey.tensorCount, total)
        return parts
    }

    /// Opens a part beside the one named, compressed or not.
    private static func open(_ name: SplitName, _ number: Int, budget: inout Int) throws(GGUFError) -> FilePart {
        let path = name.path(of: number, compressed: name.isCompressed)
        for candidate in [path, name.path(of: number, compressed: !name.isCompressed)] {
            do throws(GGUFError) {
                return try FilePart(path: candidate, budget: &budget)
            } catch {
                guard case .system("open", candidate, ENOENT) = error else { throw error }
            }
        }
        throw .split(path: name.path(of: name.number, compressed: name.isCompressed), .missingPart(path: path))
    }

    private func expect(_ key: String, _ expected: Int) throws(GGUFError) {
        let found = try Metadata(self).int(key)
        guard found == expected else {
            throw .split(path: path, .mismatch(key: key, expected: expected, found: found))
        }
    }
}
