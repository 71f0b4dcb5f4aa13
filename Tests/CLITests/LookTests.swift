import Foundation
import TestSupport
import Testing

/// `swiftlet look` on the tiny models of the repository.
@Suite struct LookTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func look(_ arguments: String...) async throws -> CommandLineTool.Result {
        try await CommandLineTool.run(["look"] + arguments)
    }

    private func path(_ name: String) -> String { folder.url.appendingPathComponent(name).path }

    private func model(_ name: String) -> String { Fixtures.path("models/\(name).gguf") }

    /// The page's data.
    private func data(_ page: String) throws -> [String: Any] {
        let text = try String(contentsOfFile: page, encoding: .utf8)
        let start = try #require(text.range(of: #"<script type="application/json" id="data">"#))
        let end = try #require(text.range(of: "</script>", range: start.upperBound..<text.endIndex))
        let json = Data(text[start.upperBound..<end.lowerBound].utf8)
        return try #require(try JSONSerialization.jsonObject(with: json) as? [String: Any])
    }

    @Test func `a page stands alone, and its policy allows no network`() async throws {
        let result = try await look("one two one two", "-o", path("page.html"))
        #expect(result.status == 0 && result.text == path("page.html") + "\n")
        let text = try String(contentsOfFile: path("page.html"), encoding: .utf8)
        #expect(text.contains("default-src 'none'; img-src data:; style-src 'sha256-"))
        for word in ["src=\"http", "href=", "@import", "fetch(", "XMLHttpRequest", "{{"] {
            #expect(!text.contains(word))
        }
        let data = try data(path("page.html"))
        for part in ["attention", "measures", "rollout", "flow", "positions", "lens", "surprisal", "contributions"] {
            #expect(data[part] != nil, "\(part)")
        }
    }

    @Test func `the policy names the style and the script by their SHA-256`() async throws {
        _ = try await look("one two", "-o", path("page.html"))
        let text = try String(contentsOfFile: path("page.html"), encoding: .utf8)
        // Computed by sha256sum over the file in the repository, as the page has it.
        let root = Fixtures.path("..")
        let scripts = ["data.js", "attention.js", "predictions.js", "positions.js", "controls.js"]
        for (names, tag) in [(["page.css"], "style"), (scripts, "script")] {
            let process = Process()
            let pipe = Pipe()
            process.executableURL = URL(fileURLWithPath: "/bin/sh")
            process.currentDirectoryURL = URL(fileURLWithPath: "\(root)/CSupport/LookPage")
            process.arguments = ["-c", "cat \(names.joined(separator: " ")) | sha256sum"]
            process.standardOutput = pipe
            try process.run()
            let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            process.waitUntilExit()
            let hex = Array(output.prefix(64).utf8)
            let bytes = stride(from: 0, to: hex.count, by: 2).compactMap {
                UInt8(String(decoding: hex[$0..<$0 + 2], as: UTF8.self), radix: 16)
            }
            #expect(bytes.count == 32)
            #expect(text.contains("\(tag)-src 'sha256-\(Data(bytes).base64EncodedString())'"))
        }
    }

    @Test func `a token that is markup stays text`() async throws {
        let result = try await look("</script><script>alert(1)</script> <b>", "-o", path("page.html"))
        #expect(result.status == 0)
        let text = try String(contentsOfFile: path("page.html"), encoding: .utf8)
        #expect(!text.contains("<script>alert") && text.components(separatedBy: "</script>").count == 3)
        let stages = try #require(try data(path("page.html"))["stages"] as? [[String: Any]])
        let tokens = try #require(stages[0]["tokens"] as? [[String: Any]])
        #expect(tokens.compactMap { $0["text"] as? String }.joined().contains("<"))
    }

    @Test func `JSON and NumPy arrays have the same weights, and rows sum to 1`() async throws {
        struct Exact: Decodable {
            struct Attention: Decodable {
                let name: String
                let layer, rows, columns: Int
                let heads: [Int]
                let weights: [Float]
            }
            let attention: [Attention]
        }
        let common = ["-m", model("qwen2-f32"), "--ids", "1,2,3,1,2", "--no-lens"]
        #expect(try await CommandLineTool.run(["look"] + common + ["--json", "-o", path("a.json")]).status == 0)
        #expect(try await CommandLineTool.run(["look"] + common + ["--npz", "-o", path("a.npz")]).status == 0)
        let exact = try JSONDecoder().decode(Exact.self, from: Data(contentsOf: URL(fileURLWithPath: path("a.json"))))
        let archive = try Data(contentsOf: URL(fileURLWithPath: path("a.npz")))
        #expect(!exact.attention.isEmpty)
        for one in exact.attention {
            for row in stride(from: 0, to: one.weights.count, by: one.columns) {
                #expect(abs(one.weights[row..<row + one.columns].reduce(0, +) - 1) < 1e-5)
            }
            let name = Data("\(one.name).L\(one.layer).npy".utf8)
            let shape = Data("(\(one.heads.count), \(one.rows), \(one.columns))".utf8)
            #expect(archive.range(of: name) != nil && archive.range(of: shape) != nil)
            let bytes = Data(
                one.weights.flatMap { weight in (0..<4).map { UInt8(truncatingIfNeeded: weight.bitPattern >> ($0 * 8)) }
                })
            #expect(archive.range(of: bytes) != nil)
        }
    }

    @Test func `a picture is a PNG of all heads`() async throws {
        let result = try await look(
            "-m", model("llama-f32"), "--ids", "1,2,3,4", "--png", "--no-lens", "-o", path("a.png"))
        #expect(result.status == 0)
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path("a.png"))))
        let picture = try #require(try PNGReader(bytes))
        #expect(picture.width == 4 * 67 + 3 && picture.height == 2 * 67 + 3)
        // The first token sees itself alone, and nothing behind it.
        #expect(picture[3, 3] == 254 && picture[60, 3] == 0)
    }

    @Test func `parts are shown, and wrong ones refused by name`() async throws {
        let ids = (0..<60).map { "\($0 % 40 + 1)" }.joined(separator: ",")
        let result = try await look(
            "-m", model("llama-f32"), "--ids", ids, "--layers", "1", "--heads", "0,2", "--tokens", "10..39",
            "--no-lens",
            "-o", path("part.html"))
        #expect(result.status == 0, "\(result.errors)")
        let groups = try #require(try data(path("part.html"))["attention"] as? [[String: Any]])
        #expect(groups.count == 1 && groups[0]["layer"] as? Int == 1 && groups[0]["rows"] as? Int == 30)
        #expect(groups[0]["heads"] as? [Int] == [0, 2])
        for wrong in [
            ["--layers", "x"], ["--tokens", "5..1"], ["--tokens", "9223372036854775807"],
            ["--layers", "0..9223372036854775807"], ["--ablate", "H3"], ["--ablate", "L9"], ["--max-size", "0"],
        ] {
            let refused = try await CommandLineTool.run(["look", "-m", model("llama-f32"), "--ids", "1,2"] + wrong)
            #expect(refused.status != 0 && refused.errors.contains(wrong[1]) || refused.errors.contains("layer 9"))
        }
    }

    @Test func `an ablation says what becomes of the text`() async throws {
        let result = try await look(
            "-m", model("qwen2-f32"), "--ids", "1,2,3,1,2,3", "--ablate", "L0H1,L1", "-o", path("ablated.html"))
        #expect(result.status == 0 && result.errors.contains("Perplexity"))
        let change = try #require(try data(path("ablated.html"))["change"] as? [String: Any])
        let rows = try #require(change["rows"] as? [[String: Any]])
        #expect(rows.count == 5 && rows.contains { $0["before"] as? Double != $0["after"] as? Double })
        let same = try await look(
            "-m", model("qwen2-f32"), "--ids", "1,2,3,1,2,3", "--compare", model("qwen2-f32"), "--json", "-o",
            path("same.json"))
        #expect(same.status == 0)
        let other = try await look(
            "-m", model("qwen2-f32"), "--ids", "1,2", "--compare", model("llama-f32"), "-o", path("x.html"))
        #expect(other.status == 1 && other.errors.contains("no other file of the same model"))
    }

    @Test func `encoders and encoder-decoders have pages, too`() async throws {
        let encoder = try await look("-m", model("bert-f16"), "--ids", "1,2,3", "-o", path("bert.html"))
        #expect(encoder.status == 0, "\(encoder.errors)")
        #expect(try data(path("bert.html"))["rollout"] != nil)
        let both = try await look(
            "-m", model("t5-f32"), "--ids", "1,2,3", "--decoder-ids", "0,4,5", "-o", path("t5.html"))
        #expect(both.status == 0, "\(both.errors)")
        let groups = try #require(try data(path("t5.html"))["attention"] as? [[String: Any]])
        #expect(Set(groups.compactMap { $0["name"] as? String }) == ["encoder self", "decoder self", "cross"])
        let speech = try await look("--audio", Fixtures.path("clips/nothing.wav"), "-o", path("x.html"))
        #expect(speech.status == 1)
    }
}

/// Reads a PNG whose data is one deflate block of fixed codes.
private struct PNGReader {
    let width: Int
    let height: Int
    private let lines: [UInt8]

    subscript(x: Int, y: Int) -> UInt8 { lines[y * (width + 1) + 1 + x] }

    init?(_ bytes: [UInt8]) throws {
        func number(_ at: Int) -> Int { bytes[at..<at + 4].reduce(0) { $0 << 8 | Int($1) } }
        guard bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) else { return nil }
        var (width, height, data): (Int, Int, [UInt8]) = (0, 0, [])
        var place = 8
        while place + 12 <= bytes.count {
            let length = number(place)
            let name = String(decoding: bytes[place + 4..<place + 8], as: UTF8.self)
            if name == "IHDR" { (width, height) = (number(place + 8), number(place + 12)) }
            if name == "IDAT" { data += bytes[place + 8..<place + 8 + length] }
            place += 12 + length
        }
        (self.width, self.height) = (width, height)
        lines = Self.inflate(Array(data.dropFirst(2)))
        guard lines.count == (width + 1) * height else { return nil }
    }

    private static func inflate(_ bytes: [UInt8]) -> [UInt8] {
        var position = 0
        func bit() -> Int {
            defer { position += 1 }
            return position / 8 < bytes.count ? Int(bytes[position / 8] >> UInt8(position % 8)) & 1 : 0
        }
        func bits(_ count: Int) -> Int { (0..<count).reduce(0) { $0 | bit() << $1 } }
        func code(_ count: Int, _ start: Int = 0) -> Int {
            (0..<count).reduce(start) { value, _ in value << 1 | bit() }
        }
        var result: [UInt8] = []
        guard bits(3) == 3 else { return [] }
        while position < 8 * bytes.count {
            var symbol = code(7)
            if symbol < 24 {
                symbol += 256
            } else {
                symbol = code(1, symbol)
                if symbol < 192 {
                    symbol -= 48
                } else if symbol < 200 {
                    symbol += 88
                } else {
                    symbol = code(1, symbol) - 400 + 144
                }
            }
            if symbol < 256 {
                result.append(UInt8(symbol))
            } else if symbol == 256 {
                return result
            } else {
                let bases = [
                    3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163,
                    195, 227, 258,
                ]
                let extra = symbol < 265 || symbol == 285 ? 0 : (symbol - 261) / 4
                let length = bases[symbol - 257] + bits(extra)
                guard code(5) == 0, let last = result.last else { return [] }
                result += [UInt8](repeating: last, count: length)
            }
        }
        return []
    }
}
