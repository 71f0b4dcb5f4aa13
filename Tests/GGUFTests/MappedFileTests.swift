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

    @Test func `a pointer of Git LFS is said to be one`() throws {
        let folder = try TemporaryFolder()
        let pointer = """
            version https://git-lfs.github.com/spec/v1
            oid sha256:4665a2a1b6d1b0f3d4b2bd26b5b3b24a8e1e1a8f0d9d0c1b2a3f4e5d6c7b8a90
            size 4271233

            """
        let path = try folder.write(Array(pointer.utf8), to: "model.gguf")
        let error = try #require(throws: GGUFError.self) { try GGUFFile(path: path) }
        #expect(error == .largeFilePointer(path: path))
        #expect("\(error)".contains("\(path): this is a Git LFS pointer, not the file itself: run git lfs pull"))
        // A part of the line is no pointer.
        let other = try folder.write(Array("version https://git".utf8), to: "other.gguf")
        #expect(throws: GGUFError.format(path: other, .notGGUF(magic: 0x7372_6576))) { try GGUFFile(path: other) }
    }

    @Test(arguments: [
        ("lmgg", "one of whisper.cpp's"), ("tjgg", "before GGUF"), ("PK\u{3}\u{4}", "as PyTorch saves weights"),
        ("<!DOCTYPE html>", "a web page"), ("<html>", "a web page"), ("\0\0\0\0", "the download is incomplete"),
        ("\u{40}\0\0\0\0\0\0\0{\"a\"", "but safetensors; swiftlet convert makes"), ("text", "starts with 0x74786574"),
        ("GGUF", "the file is incomplete or damaged"),
    ])
    func `a file of another format is said to be one, with what to do`(bytes: String, answer: String) throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(Array(bytes.utf8), to: "model.gguf")
        let error = try #require(throws: GGUFError.self) { try GGUFFile(path: path) }
        #expect("\(error)".hasPrefix("\(path): ") && "\(error)".contains(answer), "\(error)")
    }

    @Test func `an empty file is refused`() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write([], to: "empty.gguf")
        #expect(throws: GGUFError.emptyFile(path: path)) { try GGUFFile(path: path) }
    }
}
