import Serve
import Testing

struct ConfigurationFileTests {
    @Test func `lines become options`() throws {
        let text = """
            # The house's server
            model = chat=llama.gguf
            port=9000

              api-key-file = /etc/keys
            """
        #expect(
            try ConfigurationFile.arguments(of: text, path: "file") == [
                "--model", "chat=llama.gguf", "--port", "9000", "--api-key-file", "/etc/keys",
            ])
    }

    @Test(arguments: ["port", "port 9000", "= 5"])
    func `a line that is no option is refused by its number`(line: String) {
        let error = #expect(throws: ServeFailure.self) {
            _ = try ConfigurationFile.arguments(of: "\n\(line)\n", path: "file")
        }
        #expect(error?.message.hasPrefix("file, line 2") == true)
    }
}
