import Hub
import Testing

struct FileChoiceTests {
    private static let files = [
        "README.md", "imatrix.gguf", "mmproj-m-Q4_K_M.gguf", "m-F16.gguf", "m-IQ4_K_M.gguf", "m-q8_0.gguf",
        "m-Q6_K-00002-of-00002.gguf", "m-Q6_K-00001-of-00002.gguf", "UD/m-UD-Q4_K_M-x.gguf", "w.bin",
        "m-Q2_K-00001-of-00002.gguf",
    ]

    @Test(
        arguments: [
            (FileChoice.best, ["UD/m-UD-Q4_K_M-x.gguf"]), (.quantization("q4_k_m"), ["UD/m-UD-Q4_K_M-x.gguf"]),
            (.quantization("IQ4_K_M"), ["m-IQ4_K_M.gguf"]), (.quantization("Q8_0"), ["m-q8_0.gguf"]),
            (.quantization("Q6_K"), ["m-Q6_K-00001-of-00002.gguf", "m-Q6_K-00002-of-00002.gguf"]),
            (.file("m-Q6_K-00002-of-00002.gguf"), ["m-Q6_K-00001-of-00002.gguf", "m-Q6_K-00002-of-00002.gguf"]),
            (.quantization("Q4"), nil), (.quantization("K_M"), nil), (.quantization("gguf"), nil),
            (.quantization(""), nil),
            (.file("w.bin"), ["w.bin"]), (.file("v.bin"), nil),
            (.file("mmproj-m-Q4_K_M.gguf"), ["mmproj-m-Q4_K_M.gguf"]),
        ] as [(FileChoice, [String]?)])
    func filesAreChosenByTypeOrPath(_ choice: FileChoice, _ expected: [String]?) throws {
        #expect(try choice.files(of: Self.files, in: "a/b") == expected)
    }

    @Test func aSplitModelWithoutAllPartsIsRefused() {
        #expect(throws: HubError.self) { try FileChoice.quantization("Q2_K").files(of: Self.files, in: "a/b") }
    }

    @Test func theBestOfNoneIsNone() throws {
        #expect(try FileChoice.best.files(of: ["README.md", "mmproj.gguf"], in: "a/b") == nil)
        #expect(try FileChoice.best.files(of: ["z.gguf", "m.gguf"], in: "a/b") == ["m.gguf"])
        #expect(try FileChoice.best.files(of: ["a.gguf", "m-Q8_0.gguf"], in: "a/b") == ["m-Q8_0.gguf"])
    }
}
