import GGUF
import TestSupport
import Testing

@Suite struct MetadataTests {
    /// Keys named after their types; arrays begin with "a-".
    static func build(_ raw: inout RawGGUF) {
        raw.pair("uint8", .uint8, [200])
        raw.pair("int8", .int8, [0xFF])
        raw.pair("uint16", .uint16, RawGGUF.little(UInt16(60_000)))
        raw.pair("int16", .int16, RawGGUF.little(Int16(-3)))
        raw.uint32("uint32", 4_000_000_000)
        raw.pair("int32", .int32, RawGGUF.little(Int32(-4)))
        raw.pair("float32", .float32, RawGGUF.little(Float(0.5).bitPattern))
        raw.pair("bool", .bool, [1])
        raw.string("string", "grüße")
        raw.pair("uint64", .uint64, RawGGUF.little(UInt64(1) << 40))
        raw.pair("huge", .uint64, RawGGUF.little(UInt64.max))
        raw.pair("int64", .int64, RawGGUF.little(Int64.min))
        raw.pair("float64", .float64, RawGGUF.little(Double(0.25).bitPattern))
        raw.array("a-int16", .int16, count: 3, RawGGUF.little(Int16(-1)) + RawGGUF.little(Int16(0)) + [2, 0])
        raw.array("a-uint64", .uint64, count: 2, RawGGUF.little(UInt64(1)) + RawGGUF.little(UInt64.max))
        raw.array("a-float64", .float64, count: 1, RawGGUF.little(Double(-2).bitPattern))
        raw.array("a-bool", .bool, count: 2, [0, 1])
        raw.array("a-uint8", .uint8, count: 8, Array(1...8))
        raw.array("a-empty", .float32, count: 0, [])
        raw.strings("a-string", [[0x61, 0x62], [], [0xFF, 0x63]])
        raw.strings("a-none", [])
        raw.pair("bytes", .string, RawGGUF.string([0x61, 0xFF]))
        raw.string("long", String(repeating: "x", count: 100))
    }

    static let model = Result { try staticModel(build) }

    let metadata: Metadata

    init() throws {
        metadata = try Self.model.get().metadata
    }

    @Test func `any integer type is an int`() throws {
        let keys = ["uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64"]
        #expect(
            try keys.map { try metadata.int($0) } == [200, -1, 60_000, -3, 4_000_000_000, -4, 1 << 40, .min])
    }

    @Test func `an integer that does not fit is refused with its value`() throws {
        #expect(
            throws: GGUFError.wrongValue(
                key: "huge", expected: "an integer", found: "uint64 18446744073709551615", path: "test")
        ) { try metadata.int("huge") }
        #expect(
            throws: GGUFError.wrongValue(
                key: "a-uint64", expected: "an array of integers", found: "uint64 18446744073709551615 in it",
                path: "test")
        ) { try metadata.ints("a-uint64") }
    }

    @Test func `floats, bools and strings are read`() throws {
        #expect(try metadata.float("float32") == 0.5)
        #expect(try metadata.float("float64") == 0.25)
        #expect(try metadata.bool("bool"))
        #expect(try metadata.string("string") == "grüße")
        #expect(try metadata.string("bytes") == "a\u{FFFD}")
        #expect(try metadata.bytes("bytes") == [0x61, 0xFF])
    }

    @Test func `arrays are read`() throws {
        #expect(try metadata.ints("a-int16") == [-1, 0, 2])
        #expect(try metadata.floats("a-float64") == [-2])
        #expect(try metadata.floats("a-empty") == [])
        #expect(try metadata.bools("a-bool") == [false, true])
        #expect(try metadata.bytes("a-uint8") == [1, 2, 3, 4, 5, 6, 7, 8])
        #expect(try metadata.strings("a-string") == ["ab", "", "\u{FFFD}c"])
        #expect(try metadata.strings("a-none") == [])
    }

    @Test func `a string array is walked in place, byte for byte`() throws {
        let array = try metadata.stringArray("a-string")
        var seen: [[UInt8]] = []
        array.forEach { string in seen.append(string.indices.map { string[$0] }) }
        #expect(seen == [[0x61, 0x62], [], [0xFF, 0x63]])
        #expect(array.count == 3)
    }

    @Test func `an error of the caller's own ends the walk`() throws {
        struct Enough: Error {}
        let array = try metadata.stringArray("a-string")
        var seen = 0
        #expect(throws: Enough.self) {
            try array.forEach { (_) throws(Enough) in
                seen += 1
                throw Enough()
            }
        }
        #expect(seen == 1)
    }

    @Test func `a single value holds for every layer, an array for its own number`() throws {
        #expect(try metadata.ints("uint8", perLayer: 3) == [200, 200, 200])
        #expect(try metadata.ints("a-int16", perLayer: 3) == [-1, 0, 2])
        #expect(try metadata.ints("none", perLayer: 2, default: [5, 6]) == [5, 6])
        #expect(
            throws: GGUFError.wrongValue(
                key: "a-int16", expected: "an integer or an array of 4, one for each layer",
                found: "an array of 3 int16", path: "test")
        ) { try metadata.ints("a-int16", perLayer: 4) }
    }

    @Test(arguments: [-1, Metadata.maximumLayers + 1, Int.max])
    func `an absurd number of layers is an error, not an allocation`(count: Int) throws {
        #expect(throws: GGUFError.self) { try metadata.ints("uint8", perLayer: count) }
    }

    @Test func `a missing key is an error that names it, unless there is a default`() throws {
        #expect(throws: GGUFError.missingKey("none", path: "test")) { try metadata.int("none") }
        #expect(!metadata.contains("none") && metadata.contains("uint8"))
        #expect(try metadata.int("none", default: 1) == 1)
        #expect(try metadata.float("none", default: 2) == 2)
        #expect(try metadata.bool("none", default: true))
        #expect(try metadata.string("none", default: "s") == "s")
        #expect(try metadata.ints("none", default: [1]) == [1])
        #expect(try metadata.floats("none", default: [1]) == [1])
        #expect(try metadata.bools("none", default: [true]) == [true])
    }

    @Test func `a default does not hide a wrong type`() throws {
        #expect(
            throws: GGUFError.wrongValue(key: "bool", expected: "an integer", found: "bool", path: "test")
        ) { try metadata.int("bool", default: 1) }
        #expect(throws: GGUFError.self) { try metadata.int("a-uint8", default: 1) }
        #expect(throws: GGUFError.self) { try metadata.float("uint32", default: 1) }
        #expect(throws: GGUFError.self) { try metadata.float("a-float64", default: 1) }
        #expect(throws: GGUFError.self) { try metadata.bool("uint8", default: true) }
        #expect(throws: GGUFError.self) { try metadata.string("uint8", default: "") }
        #expect(throws: GGUFError.self) { try metadata.ints("uint8", default: []) }
        #expect(throws: GGUFError.self) { try metadata.ints("a-float64", default: []) }
        #expect(throws: GGUFError.self) { try metadata.floats("a-int16", default: []) }
        #expect(throws: GGUFError.self) { try metadata.bools("a-uint8", default: []) }
        #expect(throws: GGUFError.self) { try metadata.bytes("a-bool") }
        #expect(throws: GGUFError.self) { try metadata.strings("a-uint8") }
        #expect(throws: GGUFError.self) { try metadata.stringArray("string") }
    }

    @Test func `pairs come in file order and print in one line`() throws {
        let lines = metadata.map { "\($0.key): \($0.value.type) \($0.value)" }
        #expect(lines.first == "uint8: uint8 200")
        #expect(lines.contains("huge: uint64 18446744073709551615"))
        #expect(lines.contains("float32: float32 0.5"))
        #expect(lines.contains("bool: bool true"))
        #expect(lines.contains("string: string \"grüße\""))
        #expect(lines.contains("a-uint8: array [1, 2, 3, 4, 5, 6, ... (8)]"))
        #expect(lines.contains("a-string: array [\"ab\", \"\", \"\u{FFFD}c\"]"))
        #expect(lines.contains("a-none: array []"))
        #expect(lines.last == "long: string \"\(String(repeating: "x", count: 60))\"... (100 bytes)")
    }
}
