/// The metadata and the tensor table of a file to be written, in order.
///
/// A plain value; the rules of the format are checked when a ``GGUFWriter`` is made of it.
package struct GGUFContents: Sendable {
    struct Pair {
        let key: String
        /// The value type and the value, as they stand in a file.
        let value: [UInt8]
    }

    struct Tensor {
        let name: String
        var type: TensorType
        let dimensions: [Int]
    }

    /// Where tensors may start; written as `general.alignment` unless it is 32.
    package let alignment: Int
    private(set) var pairs: [Pair] = []
    private(set) var tensors: [Tensor] = []

    package init(alignment: Int = 32) {
        self.alignment = alignment
    }

    /// Sets a single value; one that is there already is replaced in its place.
    package mutating func set<T: MetadataScalar>(_ key: String, _ value: T) {
        var bytes: [UInt8] = []
        T.valueType.rawValue.encode(into: &bytes)
        value.encode(into: &bytes)
        set(Pair(key: key, value: bytes))
    }

    /// Sets an array.
    package mutating func set<T: MetadataScalar>(_ key: String, _ values: [T]) {
        var bytes: [UInt8] = []
        ValueType.array.rawValue.encode(into: &bytes)
        T.valueType.rawValue.encode(into: &bytes)
        UInt64(values.count).encode(into: &bytes)
        for value in values { value.encode(into: &bytes) }
        set(Pair(key: key, value: bytes))
    }

    /// Sets what another file has, byte for byte.
    package mutating func set(_ key: String, copying value: MetadataValue) {
        var bytes: [UInt8] = []
        value.type.rawValue.encode(into: &bytes)
        if value.type == .array {
            value.elementType.rawValue.encode(into: &bytes)
            UInt64(value.count).encode(into: &bytes)
        } else if value.type == .string {
            UInt64(value.bytes.byteCount).encode(into: &bytes)
        }
        set(Pair(key: key, value: bytes + value.bytes.copy))
    }

    /// Adds a tensor; its data follows the data of those added before it.
    ///
    /// - Parameter dimensions: one to four, fastest first.
    package mutating func addTensor(_ name: String, type: TensorType, dimensions: [Int]) {
        tensors.append(Tensor(name: name, type: type, dimensions: dimensions))
    }

    mutating func setType(_ type: TensorType, ofTensorAt index: Int) { tensors[index].type = type }

    private mutating func set(_ pair: Pair) {
        if let position = pairs.firstIndex(where: { $0.key == pair.key }) {
            pairs[position] = pair
        } else {
            pairs.append(pair)
        }
    }
}

// MARK: Encoding

extension GGUFContents {
    /// Everything up to the data section, padded, and the size of each tensor.
    func encoded() throws(WriteError) -> (header: [UInt8], byteCounts: [Int]) {
        guard Alignment.isValid(alignment) else { throw .alignment(alignment) }
        let byteCounts = try self.byteCounts()
        var pairs = pairs
        for pair in pairs {
            guard !pair.key.isEmpty else { throw .emptyKey }
            guard pair.key.utf8.count <= Header.maximumKeyLength else { throw .keyTooLong(pair.key) }
            guard pair.key != Alignment.key else { throw .reservedKey(pair.key) }
        }
        if alignment != Alignment.standard {
            var copy = GGUFContents()
            copy.set(Alignment.key, UInt32(alignment))
            pairs += copy.pairs
        }
        var bytes: [UInt8] = []
        Header.magic.encode(into: &bytes)
        Self.version.encode(into: &bytes)
        UInt64(tensors.count).encode(into: &bytes)
        UInt64(pairs.count).encode(into: &bytes)
        for pair in pairs {
            pair.key.encode(into: &bytes)
            bytes += pair.value
        }
        encodeTable(byteCounts, into: &bytes)
        bytes += repeatElement(0, count: Alignment.padding(at: bytes.count, to: alignment))
        return (bytes, byteCounts)
    }

    private static let version: UInt32 = 3

    private func encodeTable(_ byteCounts: [Int], into bytes: inout [UInt8]) {
        var offset = 0
        for (tensor, byteCount) in zip(tensors, byteCounts) {
            tensor.name.encode(into: &bytes)
            UInt32(tensor.dimensions.count).encode(into: &bytes)
            for size in tensor.dimensions { Int64(size).encode(into: &bytes) }
            tensor.type.rawValue.encode(into: &bytes)
            UInt64(offset).encode(into: &bytes)
            offset += byteCount + Alignment.padding(at: byteCount, to: alignment)
        }
    }

    /// Checks the tensors, and that the end of the last one fits in `Int`.
    private func byteCounts() throws(WriteError) -> [Int] {
        var names: Set<String> = []
        var byteCounts: [Int] = []
        var total = 0
        for tensor in tensors {
            do throws(TensorError) {
                let byteCount = try tensor.type.byteCount(dimensions: tensor.dimensions)
                try Self.check(name: tensor.name, &names)
                let padded = byteCount.addingReportingOverflow(Alignment.padding(at: byteCount, to: alignment))
                let sum = total.addingReportingOverflow(padded.partialValue)
                guard !padded.overflow, !sum.overflow else { throw .tooLarge(dimensions: tensor.dimensions) }
                total = sum.partialValue
                byteCounts.append(byteCount)
            } catch {
                throw .tensor(name: tensor.name, error)
            }
        }
        return byteCounts
    }

    private static func check(name: String, _ names: inout Set<String>) throws(TensorError) {
        guard !name.isEmpty else { throw .emptyName(offset: 0) }
        guard name.utf8.count <= Header.maximumTensorNameLength else { throw .nameTooLong(length: name.utf8.count) }
        guard names.insert(name).inserted else { throw .duplicate }
    }
}
