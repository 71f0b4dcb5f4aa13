import GGUF
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

@Suite struct MappedFileTests {
    @Test func `a file's bytes are mapped`() throws {
        let folder = try TemporaryFolder()
        let file = try MappedFile(path: folder.write([1, 2, 3], to: "f"))
        #expect(file.bytes.array == [1, 2, 3])
    }

    @Test func `a file that is not there is an error with the system's words`() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("none.gguf")
        let expected = GGUFError.system(call: "open", path: path, errno: ENOENT)
        #expect(throws: expected) { try GGUFFile(path: path) }
        #expect(expected.description == "\(path): open: No such file or directory")
    }

    @Test func `a folder is refused`() throws {
        let folder = try TemporaryFolder()
        let path = folder.path
        #expect(throws: GGUFError.notRegularFile(path: path, found: "a directory")) { try GGUFFile(path: path) }
    }

    @Test func `a pipe is refused without waiting for a writer`() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("pipe")
        #expect(unsafe mkfifo(path, 0o600) == 0)
        #expect(throws: GGUFError.notRegularFile(path: path, found: "a pipe")) { try GGUFFile(path: path) }
    }

    @Test func `an empty file is refused`() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write([], to: "empty.gguf")
        #expect(throws: GGUFError.emptyFile(path: path)) { try GGUFFile(path: path) }
    }
}
