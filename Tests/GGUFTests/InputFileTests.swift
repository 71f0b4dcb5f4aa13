import GGUF
import TestSupport
import Testing

/// A file that is mapped is an input, under each of its names, until its last map is gone.
@Suite struct InputFileTests {
    private static func isInput(_ path: String) -> Bool {
        do throws(GGUFError) {
            _ = try PendingFile(path: path)
            return false
        } catch {
            guard case .input(path, _) = error else { return false }
            return true
        }
    }

    private static func sample(_ folder: borrowing TemporaryFolder) throws -> String {
        let path = folder.path("in.gguf")
        try GGUFWriter(path: path, contents: WriterTests.sample).finish()
        return path
    }

    @Test func `a file is an input while any map of it is open`() throws {
        let folder = try TemporaryFolder()
        let path = try Self.sample(folder)
        #expect(!Self.isInput(path))
        do {
            let outer = try GGUFFile(path: path)
            do {
                let inner = try GGUFFile(path: path)
                #expect(Self.isInput(path) && inner.metadata.count == outer.metadata.count)
            }
            #expect(Self.isInput(path) && !Self.isInput(folder.path("other")))
            #expect(outer.version == 3)
        }
        #expect(!Self.isInput(path))
    }

    @Test func `a file that was opened as replaceable is none, and stays as it was`() throws {
        let folder = try TemporaryFolder()
        let path = try Self.sample(folder)
        let file = try GGUFFile(path: path, isReplaceable: true)
        let output = try PendingFile(path: path)
        try output.write(unsafe ([1, 2, 3] as [UInt8]).span.bytes)
        try output.finish()
        #expect(try folder.read("in.gguf") == [1, 2, 3])
        try WriterTests.expectSample(file.metadata)
    }

    @Test func `what becomes an input while an output is written is not replaced`() throws {
        let folder = try TemporaryFolder()
        let path = try Self.sample(folder)
        let before = try folder.read("in.gguf")
        do {
            let output = try PendingFile(path: path)
            let file = try GGUFFile(path: path)
            #expect(throws: GGUFError.input(path: path, input: path)) { try output.finish() }
            #expect(file.version == 3)
        }
        #expect(try folder.read("in.gguf") == before && folder.names == ["in.gguf"])
    }

    @Test func `a folder or a device is no output, and an error names the path that was given`() throws {
        let folder = try TemporaryFolder()
        #expect(throws: GGUFError.notWritable(path: folder.path, found: "a directory")) {
            _ = try PendingFile(path: folder.path, takesPipes: true)
        }
        #expect(throws: GGUFError.notWritable(path: "/dev/null", found: "a device")) {
            _ = try PendingFile(path: "/dev/null")
        }
        let nowhere = folder.path("no/out")
        let error = #expect(throws: GGUFError.self) { _ = try PendingFile(path: nowhere) }
        #expect(error?.path == nowhere && error?.description == "\(nowhere): open: No such file or directory")
        #expect(folder.names == [])
    }
}
