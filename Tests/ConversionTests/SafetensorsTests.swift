import Conversion
import JSON
import Safetensors
import TestSupport
import Testing

/// Headers of safetensors files, which may come from anywhere.
@Suite struct SafetensorsTests {
    /// The error of a file; nil if there is none.
    private static func problem(_ bytes: [UInt8]) throws -> SafetensorsError? {
        let folder = try TemporaryFolder()
        let path = try folder.write(bytes, to: "model.safetensors")
        do throws(SafetensorsFileError) {
            _ = try SafetensorsFile(path: path)
            return nil
        } catch {
            guard case .contents(let error, let found) = error else { throw error }
            #expect(found == path)
            return error
        }
    }

    private static let good = safetensors(
        """
        {"__metadata__":{"format":"pt"},"b":{"dtype":"F16","shape":[3],"data_offsets":[8,14]},\
        "a":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},"c":{"dtype":"I64","shape":[],"data_offsets":[14,22]}}
        """, dataBytes: 22)

    @Test func `tensors come in the order of their bytes`() throws {
        let folder = try TemporaryFolder()
        let file = try SafetensorsFile(path: folder.write(Self.good, to: "a"))
        #expect(file.tensors.map(\.name) == ["a", "b", "c"])
        #expect(file.tensors.map(\.shape) == [[2, 1], [3], []])
        #expect(file.tensors.map(\.type) == [.F32, .F16, .I64])
        #expect(file.tensors.last?.bytes.upperBound == Self.good.count)
        #expect(file.tensors.map { file.bytes(of: $0).byteCount } == [8, 6, 8])
    }

    @Test func `a file that ends early is an error wherever it ends`() throws {
        for length in 1..<Self.good.count { #expect(try Self.problem(Array(Self.good[..<length])) != nil) }
        #expect(try Self.problem(Self.good + [0]) == .excess(expected: 22, found: 23))
    }

    private static func entry(_ offsets: String, dtype: String = "F32", shape: String = "[2]") -> String {
        #"{"dtype":"\#(dtype)","shape":\#(shape),"data_offsets":\#(offsets)}"#
    }

    @Test(arguments: [
        (#"{"a":\#(entry("[0,8]")),"b":\#(entry("[4,12]"))}"#, 12, "begins at byte 4, where 8 is next"),
        (#"{"a":\#(entry("[0,8]")),"b":\#(entry("[12,20]"))}"#, 20, "begins at byte 12, where 8 is next"),
        (#"{"a":\#(entry("[0,8]")),"a":\#(entry("[8,16]"))}"#, 16, "\"a\" is there twice"),
        (#"{"a":\#(entry("[0,8]"))}"#, 7, "is at bytes 0 to 8 of 7"),
        (#"{"a":\#(entry("[8,0]"))}"#, 8, "is at bytes 8 to 0 of 8"),
        (#"{"a":\#(entry("[0,4]"))}"#, 4, "has 4 bytes where its shape needs 8"),
        (#"{"a":\#(entry("[0,9223372036854775807]"))}"#, 8, "of 8"),
        (#"{"a":\#(entry("[0,99999999999999999999]"))}"#, 8, "must be whole numbers from 0"),
        (#"{"a":\#(entry("[0,8,9]"))}"#, 8, "must be two offsets, found 3"),
        (#"{"a":\#(entry("[-1,8]"))}"#, 8, "must be whole numbers from 0, found -1"),
        (#"{"a":\#(entry("[0,8]", shape: "[4294967296,4294967296]"))}"#, 8, "impossible shape"),
        (#"{"a":\#(entry("[0,8]", shape: "[0.5]"))}"#, 8, "must be whole numbers from 0, found 0.5"),
        (#"{"a":\#(entry("[0,8]", shape: "2"))}"#, 8, "must be an array, found a number"),
        (#"{"a":\#(entry("[0,8]", dtype: "F33"))}"#, 8, "elements of the unknown type \"F33\""),
        (#"{"a":{"dtype":"F32","shape":[2]}}"#, 8, "must be two offsets, found nothing"),
        (#"{"a":{"shape":[2],"data_offsets":[0,8]}}"#, 8, "must be a string, found nothing"),
        (#"{"a":7}"#, 0, "must be an object, found a number"), ("[]", 0, "must be an object, found an array"),
        ("{", 0, "the header's byte 1"), ("", 0, "the header's byte 0"),
        (#"{"a":\#(entry("[0,8]"))}"#, 16, "the tensors have 8 bytes, but the file holds 16"),
    ])
    func `a lie in the header is an error that says which`(header: String, dataBytes: Int, answer: String) throws {
        let problem = try #require(try Self.problem(safetensors(header, dataBytes: dataBytes)))
        #expect("\(problem)".contains(answer), "\(problem)")
    }

    @Test(arguments: [UInt64.max, 1 << 63, 100_000_001, 1_000]) func `a header longer than the file is an error`(
        length: UInt64
    ) throws {
        var bytes: [UInt8] = []
        for shift in stride(from: UInt64(0), to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: length >> shift)) }
        let problem = try #require(try Self.problem(bytes + Array("{}".utf8)))
        #expect(
            problem
                == (length > 100_000_000
                    ? .headerTooLong(length) : .truncated(byteCount: 10, needed: length + 8)))
    }

    @Test func `no change of bytes is more than an error`() throws {
        var random = SeededRandom(seed: 7)
        let folder = try TemporaryFolder()
        for _ in 0..<3_000 {
            var bytes = Self.good
            for _ in 0...random.below(3) { bytes[random.below(bytes.count)] = UInt8(random.below(256)) }
            let path = try folder.write(bytes, to: "a")
            do throws(SafetensorsFileError) {
                let file = try SafetensorsFile(path: path)
                // Accepted ranges lie within the file.
                for tensor in file.tensors { #expect(tensor.bytes.upperBound <= bytes.count) }
            } catch {}
        }
    }
}
