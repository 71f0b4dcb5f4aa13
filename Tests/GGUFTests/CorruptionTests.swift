import GGUF
import TestSupport
import Testing

/// Whatever the bytes are, opening and reading either succeeds or throws; a trap would end the test run.
@Suite struct CorruptionTests {
    /// Values of each size, arrays, three tensors; the header is short, for every byte of it is tried.
    static let sound: [UInt8] = {
        var raw = RawGGUF()
        raw.uint32("general.alignment", 32)
        raw.pair("i8", .int8, [0xFF])
        raw.pair("b", .bool, [1])
        raw.string("s", "grüße")
        raw.pair("u64", .uint64, RawGGUF.little(UInt64.max))
        raw.array("i16s", .int16, count: 2, [1, 0, 2, 0])
        raw.array("bs", .bool, count: 2, [0, 1])
        raw.array("f64s", .float64, count: 1, RawGGUF.little(Double(-2).bitPattern))
        raw.strings("ss", [[0x61, 0x62], [], [0xFF]])
        raw.tensor("q", [32, 2], type: 8, offset: 0)
        raw.tensor("f", [4], offset: 96)
        raw.tensor("h", [2, 2, 2, 1], type: 1, offset: 128)
        raw.data = .zeros(144)
        return raw.bytes
    }()

    /// Opens the bytes and reads all there is.
    ///
    /// - Returns: whether they opened.
    static func exercise(_ bytes: [UInt8]) -> Bool {
        do {
            return try withModel(bytes) { file in
                for (key, value) in file.metadata {
                    _ = value.description
                    _ = try? file.metadata.int(key)
                    _ = try? file.metadata.float(key)
                    _ = try? file.metadata.bool(key)
                    _ = try? file.metadata.ints(key)
                    _ = try? file.metadata.floats(key)
                    _ = try? file.metadata.bools(key)
                    _ = try? file.metadata.bytes(key)
                    _ = try? file.metadata.strings(key)
                    _ = try? file.metadata.ints(key, perLayer: 2)
                }
                for tensor in file.tensors {
                    #expect(file.bytes(of: tensor).byteCount == tensor.byteCount)
                    #expect(tensor.elementCount > 0)
                }
                return true
            }
        } catch {
            #expect(error is GGUFError)
            #expect(!"\(error)".isEmpty)
            return false
        }
    }

    @Test func `the file itself opens`() {
        #expect(Self.exercise(Self.sound))
    }

    @Test func `a file cut at any length opens or throws`() {
        for length in 1..<Self.sound.count {
            // The last tensor ends with the file, so every cut file lacks something.
            #expect(!Self.exercise([UInt8](Self.sound.prefix(length))), "cut to \(length) bytes")
        }
    }

    @Test(arguments: [0x00, 0xFF] as [UInt8])
    func `a file with any byte replaced opens or throws`(value: UInt8) {
        for position in Self.sound.indices {
            var bytes = Self.sound
            bytes[position] = value
            _ = Self.exercise(bytes)
        }
    }

    @Test(arguments: 0..<8) func `a file with any bit flipped opens or throws`(bit: Int) {
        for position in Self.sound.indices {
            var bytes = Self.sound
            bytes[position] ^= 1 << bit
            _ = Self.exercise(bytes)
        }
    }

    @Test(arguments: [1 << 31, 1 << 60, 1 << 61, 1 << 63, .max - 31, .max] as [UInt64])
    func `a file with a large number anywhere opens or throws`(number: UInt64) {
        let replacement = RawGGUF.little(number)
        for position in 0...Self.sound.count - 8 {
            var bytes = Self.sound
            bytes.replaceSubrange(position..<position + 8, with: replacement)
            _ = Self.exercise(bytes)
        }
    }
}
