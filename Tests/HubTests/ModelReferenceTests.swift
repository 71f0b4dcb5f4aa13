import Hub
import Testing

struct ModelReferenceTests {
    struct Case: Sendable {
        let text: String
        let repository: String
        var revision = "main"
        var choice = FileChoice.best
    }

    @Test(arguments: [
        Case(text: "a/b", repository: "a/b"),
        Case(text: "Qwen/Qwen3-0.6B-GGUF:Q8_0", repository: "Qwen/Qwen3-0.6B-GGUF", choice: .quantization("Q8_0")),
        Case(text: "a/b@v1.0:UD-Q4_K_XL", repository: "a/b", revision: "v1.0", choice: .quantization("UD-Q4_K_XL")),
        Case(
            text: "ggerganov/whisper.cpp:ggml-base.bin", repository: "ggerganov/whisper.cpp",
            choice: .file("ggml-base.bin")),
        Case(text: "a/b@refs/pr/1:c/d e.gguf", repository: "a/b", revision: "refs/pr/1", choice: .file("c/d e.gguf")),
    ])
    func namesAreTakenApartAndWrittenAgain(_ name: Case) throws {
        let reference = try ModelReference(name.text)
        #expect(reference.repository == name.repository)
        #expect(reference.revision == name.revision)
        #expect(reference.choice == name.choice)
        #expect(reference.text == name.text)
    }

    @Test(arguments: [
        "", "/", "a", "a/", "/b", "a/b/c", "../b", "a/..", ".a/b", "a/b.", "-a/b", "a/b-", "a--b/c", "a/b..c", "a b/c",
        "ä/b", "a\n/b", "a/b:", "a/b@", "a/b@..", "a/b@/x", "a/b@x y", "a/b:Q4 K", "a/b:../x.gguf", "a/b:/x.gguf",
        "a/b:x\u{1B}.gguf", "a/b:x\\y.gguf", String(repeating: "a", count: 97) + "/b",
    ])
    func otherNamesAreRefused(_ text: String) {
        #expect(throws: HubError.self) { try ModelReference(text) }
    }

    @Test func aPathIsNoReference() {
        func isReference(_ text: String, folders: Set<String> = []) -> Bool {
            ModelReference.isReference(text) { folders.contains($0) }
        }
        #expect(isReference("a/b"))
        #expect(isReference("a/b:Q8_0"))
        #expect(isReference("a/b:c/d.gguf"))
        #expect(!isReference("a/b", folders: ["a"]))
        for path in [
            "model", "model.gguf", "a/b.gguf", "a/b.bin", "a/b.gguf.zst", "./a/b", "../a", "/a/b", "~/b", "a/b/c",
        ] {
            #expect(!isReference(path), "\(path)")
        }
    }
}
