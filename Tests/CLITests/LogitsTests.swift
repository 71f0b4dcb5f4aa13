import Foundation
import TestSupport
import Testing

struct LogitsTests {
    /// A NumPy file, read by its specification.
    private struct Array2D {
        let rows: Int
        let columns: Int
        let values: [Float]

        init(_ file: Data) throws {
            let bytes = [UInt8](file)
            try #require(bytes.count > 10)
            #expect(Array(bytes[..<8]) == [0x93] + Array("NUMPY".utf8) + [1, 0])
            let dataStart = 10 + Int(bytes[8]) + Int(bytes[9]) << 8
            #expect(dataStart % 64 == 0)
            try #require(bytes.count >= dataStart)
            let header = String(decoding: bytes[10..<dataStart], as: UTF8.self)
            #expect(header.hasSuffix("\n"))
            let pattern = /\{'descr': '<f4', 'fortran_order': False, 'shape': \((\d+), (\d+)\), \} *\n/
            let match = try #require(header.wholeMatch(of: pattern))
            rows = try #require(Int(match.1))
            columns = try #require(Int(match.2))
            values = Data(bytes[dataStart...]).floats
            #expect(values.count == rows * columns)
        }
    }

    @Test func `without -o the logits go to standard output`() async throws {
        let folder = try TemporaryFolder()
        let file = try await CommandLineTool.run("logits", "some text", "-o", folder.path("out.npy"))
        let output = try await CommandLineTool.run("logits", "some text")
        #expect(file.status == 0 && output.status == 0)
        #expect(try output.output == folder.read("out.npy"))
        #expect(output.errors.contains("standard output: float32 ["))
    }

    @Test(.enabled(if: Stories.isPresent, .init(rawValue: SharedData.absent)))
    func `the logits are the reference's`() async throws {
        let folder = try TemporaryFolder()
        let expected = try #require(Stories.cases.first)
        let result = try await CommandLineTool.run(
            "logits", "-m", Stories.model, "-p", expected.prompt, "-o", folder.path("out.npy"))
        #expect(result.status == 0)
        let array = try Array2D(folder.read("out.npy"))
        #expect(array.rows == expected.promptIDs.count)
        #expect(array.columns == 512)
        let reference = try Stories.logits()
        #expect(zip(array.values, reference).allSatisfy { abs($0 - $1) < 1e-3 })
    }

    @Test func `ids stand for the prompt, and the last row can be had alone`() async throws {
        let folder = try TemporaryFolder()
        let all = try await CommandLineTool.run("logits", "--ids", "300, 301,302", "-o", folder.path("all.npy"))
        let last = try await CommandLineTool.run(
            "logits", "--ids", "300,301,302", "--last", "-o", folder.path("last.npy"))
        #expect(all.status == 0)
        #expect(last.status == 0)
        #expect(all.output.isEmpty)
        #expect(all.errors.contains("float32 [3, "))
        let rows = try Array2D(folder.read("all.npy"))
        let row = try Array2D(folder.read("last.npy"))
        #expect(rows.rows == 3)
        #expect(row.rows == 1)
        #expect(Array(rows.values.suffix(rows.columns)) == row.values)
    }

    @Test func `a file that was there is replaced, and no other is left`() async throws {
        let folder = try TemporaryFolder()
        try folder.write(Data("old".utf8), as: "out.npy")
        let result = try await CommandLineTool.run("logits", "hello", "-o", folder.path("out.npy"))
        #expect(result.status == 0)
        _ = try Array2D(folder.read("out.npy"))
        #expect(folder.names == ["out.npy"])
    }

    @Test func `nothing is left of a file that could not be finished`() async throws {
        let folder = try TemporaryFolder()
        let result = try await CommandLineTool.run("logits", "--ids", "1,99999", "-o", folder.path("out.npy"))
        #expect(result.status == 1)
        #expect(folder.names.isEmpty)
    }
}
