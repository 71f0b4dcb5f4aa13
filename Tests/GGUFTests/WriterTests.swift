import GGUF
import TestSupport
import Testing

@Suite struct WriterTests {
    /// Writes a file whose tensors are all of one byte value, and opens it.
    static func roundTrip(
        _ contents: GGUFContents, _ folder: borrowing TemporaryFolder, as name: String = "out.gguf"
    ) throws -> GGUFFile {
        let writer = try GGUFWriter(path: folder.path(name), contents: contents)
        try writer.finish()
        return try GGUFFile(path: folder.path(name))
    }

    static func append(_ bytes: [UInt8], to name: String, _ writer: inout GGUFWriter) throws(GGUFError) {
        try writer.append(unsafe bytes.span.bytes, to: name)
    }

    static let sample: GGUFContents = {
        var contents = GGUFContents()
        contents.set("uint8", UInt8.max)
        contents.set("int8", Int8.min)
        contents.set("uint16", UInt16.max)
        contents.set("int16", Int16.min)
        contents.set("uint32", UInt32.max)
        contents.set("int32", Int32.min)
        contents.set("float32", Float(1.5))
        contents.set("bool", true)
        contents.set("string", "grüße")
        contents.set("uint64", UInt64(1) << 62)
        contents.set("int64", Int64.min)
        contents.set("float64", Double(-0.125))
        contents.set("a-int32", [1, -2, 3] as [Int32])
        contents.set("a-float32", [0.5, -0.5] as [Float])
        contents.set("a-bool", [true, false, true])
        contents.set("a-string", ["a", "", "ü"])
        contents.set("a-bytes", [ByteString([0xFF, 0xFE]), ByteString([])])
        contents.set("a-none", [] as [UInt64])
        return contents
    }()

    static func expectSample(_ metadata: Metadata) throws {
        #expect(try metadata.int("uint8") == 255)
        #expect(try metadata.int("int8") == -128)
        #expect(try metadata.int("uint16") == 65_535)
        #expect(try metadata.int("int16") == -32_768)
        #expect(try metadata.int("uint32") == 4_294_967_295)
        #expect(try metadata.int("int32") == -2_147_483_648)
        #expect(try metadata.float("float32") == 1.5)
        #expect(try metadata.bool("bool"))
        #expect(try metadata.string("string") == "grüße")
        #expect(try metadata.int("uint64") == 1 << 62)
        #expect(try metadata.int("int64") == .min)
        #expect(try metadata.float("float64") == -0.125)
        #expect(try metadata.ints("a-int32") == [1, -2, 3])
        #expect(try metadata.floats("a-float32") == [0.5, -0.5])
        #expect(try metadata.bools("a-bool") == [true, false, true])
        #expect(try metadata.strings("a-string") == ["a", "", "ü"])
        #expect(try metadata.strings("a-bytes") == ["\u{FFFD}\u{FFFD}", ""])
        #expect(try metadata.ints("a-none") == [])
        #expect(
            metadata.map { $0.value.type }
                == [
                    .uint8, .int8, .uint16, .int16, .uint32, .int32, .float32, .bool, .string, .uint64, .int64,
                    .float64, .array, .array, .array, .array, .array, .array,
                ])
    }

    @Test func `metadata of every type is read back`() throws {
        let folder = try TemporaryFolder()
        try Self.expectSample(Self.roundTrip(Self.sample, folder).metadata)
    }

    @Test func `metadata is copied from another file`() throws {
        let folder = try TemporaryFolder()
        let source = try Self.roundTrip(Self.sample, folder)
        var contents = GGUFContents()
        for (key, value) in source.metadata { contents.set(key, copying: value) }
        try Self.expectSample(Self.roundTrip(contents, folder, as: "copy.gguf").metadata)
    }

    @Test func `setting a key again replaces its value in place`() throws {
        let folder = try TemporaryFolder()
        var contents = GGUFContents()
        contents.set("a", UInt8(1))
        contents.set("b", UInt8(2))
        contents.set("a", "now a string")
        let metadata = try Self.roundTrip(contents, folder).metadata
        #expect(metadata.map(\.key) == ["a", "b"])
        #expect(try metadata.string("a") == "now a string")
    }

    @Test(arguments: [8, 32, 4096]) func `tensors written in pieces are read back`(alignment: Int) throws {
        let folder = try TemporaryFolder()
        var contents = GGUFContents(alignment: alignment)
        contents.set("general.architecture", "test")
        contents.addTensor("a", type: .F32, dimensions: [3])
        contents.addTensor("b", type: .Q8_0, dimensions: [64, 2])
        contents.addTensor("c", type: .I8, dimensions: [1, 1, 1, 1])
        var writer = try GGUFWriter(path: folder.path("out.gguf"), contents: contents)
        let (a, b) = ([UInt8](0..<12), [UInt8](0..<136))
        try Self.append([UInt8](a.prefix(5)), to: "a", &writer)
        try Self.append([UInt8](a.dropFirst(5)), to: "a", &writer)
        try Self.append(b, to: "b", &writer)
        try Self.append([99], to: "c", &writer)
        try writer.finish()
        let file = try GGUFFile(path: folder.path("out.gguf"))
        #expect(file.tensors.map(\.name) == ["a", "b", "c"])
        #expect(file.tensors.map(\.type) == [.F32, .Q8_0, .I8])
        #expect(file.tensors.map(\.dimensions) == [[3], [64, 2], [1, 1, 1, 1]])
        #expect(file.tensors.map { file.bytes(of: $0).array } == [a, b, [99]])
        #expect(file.tensors.allSatisfy { $0.offset % alignment == 0 })
        #expect(try folder.read("out.gguf").count % alignment == 0)
        #expect(try file.metadata.int("general.alignment", default: 32) == alignment)
    }

    @Test func `a writer that is dropped leaves the old file and nothing else`() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write([1, 2, 3], to: "out.gguf")
        do {
            var contents = GGUFContents()
            contents.addTensor("a", type: .F32, dimensions: [2])
            var writer = try GGUFWriter(path: path, contents: contents)
            try Self.append(.zeros(4), to: "a", &writer)
            #expect(folder.names.count == 2)
            try writer.finish()
            Issue.record("an incomplete file was finished")
        } catch {
            #expect(error == .cannotWrite(path: path, .incomplete(tensor: "a", written: 4, byteCount: 8)))
        }
        #expect(folder.names == ["out.gguf"])
        #expect(try folder.read("out.gguf") == [1, 2, 3])
    }

    @Test func `a tensor may be started over as another type, half written or just complete`() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("out.gguf")
        for written in [0, 4, 256] {
            var contents = GGUFContents()
            contents.set("key", "value")
            for name in ["a", "b", "c"] { contents.addTensor(name, type: .F16, dimensions: [128]) }
            var writer = try GGUFWriter(path: path, contents: contents)
            try Self.append(.init(repeating: 1, count: 256), to: "a", &writer)
            try Self.append(.init(repeating: 2, count: written), to: "b", &writer)
            try writer.restart("b", as: .F32)
            try Self.append(.init(repeating: 3, count: 512), to: "b", &writer)
            try writer.restart("b", as: .Q8_0)
            try Self.append(.init(repeating: 4, count: 136), to: "b", &writer)
            try Self.append(.init(repeating: 5, count: 256), to: "c", &writer)
            try writer.finish()
            let file = try GGUFFile(path: path)
            #expect(try file.metadata.string("key") == "value")
            #expect(file.tensors.map(\.type) == [.F16, .Q8_0, .F16])
            for (tensor, byte) in zip(file.tensors, [1, 4, 5] as [UInt8]) {
                #expect(file.bytes(of: tensor).array == .init(repeating: byte, count: tensor.byteCount))
            }
            let last = try #require(file.tensors.last)
            #expect(try folder.read("out.gguf").count == last.offset + last.byteCount)
        }
    }

    @Test func `only the last tensor is started over, and not of a compressed file`() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("out.gguf")
        var contents = GGUFContents()
        for name in ["a", "b", "c"] { contents.addTensor(name, type: .F32, dimensions: [2]) }
        for isCompressed in [false, true] {
            var writer = try GGUFWriter(path: path, contents: contents, compressed: isCompressed)
            try Self.append(.zeros(8), to: "a", &writer)
            try Self.append(.zeros(8), to: "b", &writer)
            try Self.append(.zeros(4), to: "c", &writer)
            for (name, error) in [
                ("a", WriteError.order(expected: "c", found: "a")), ("d", .order(expected: "c", found: "d")),
                (
                    "c",
                    .tensor(name: "c", .partialBlock(rowLength: 2, type: .Q8_0))
                ),
            ] {
                #expect(throws: GGUFError.cannotWrite(path: path, error)) { try writer.restart(name, as: .Q8_0) }
            }
        }
        var writer = try GGUFWriter(path: path, contents: contents, compressed: true)
        let error = try #require(throws: GGUFError.self) { try writer.restart("a", as: .F16) }
        #expect("\(error)".contains("a compressed file cannot be changed"))
    }

    @Test func `bytes out of turn or in excess are refused`() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("out.gguf")
        var contents = GGUFContents()
        contents.addTensor("a", type: .I8, dimensions: [2])
        contents.addTensor("b", type: .I8, dimensions: [2])
        var writer = try GGUFWriter(path: path, contents: contents)
        #expect(Self.failure(.zeros(2), "b", &writer) == .order(expected: "a", found: "b"))
        #expect(Self.failure(.zeros(3), "a", &writer) == .excess(tensor: "a", byteCount: 2))
        #expect(Self.failure(.zeros(2), "a", &writer) == nil)
        #expect(Self.failure(.zeros(2), "b", &writer) == nil)
        #expect(Self.failure(.zeros(2), "b", &writer) == .order(expected: nil, found: "b"))
    }

    static func failure(_ bytes: [UInt8], _ name: String, _ writer: inout GGUFWriter) -> WriteError? {
        do throws(GGUFError) {
            try append(bytes, to: name, &writer)
        } catch {
            if case .cannotWrite(_, let error) = error { return error }
        }
        return nil
    }

    /// Contents that break a rule, and the rule.
    struct Mistake: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let contents: GGUFContents
        let expected: WriteError

        init(
            _ description: String, _ expected: WriteError, alignment: Int = 32, _ build: (inout GGUFContents) -> Void
        ) {
            testDescription = description
            var contents = GGUFContents(alignment: alignment)
            build(&contents)
            self.contents = contents
            self.expected = expected
        }
    }

    static let mistakes: [Mistake] = [
        Mistake("alignment 0", .alignment(0), alignment: 0) { _ in },
        Mistake("alignment 24", .alignment(24), alignment: 24) { _ in },
        Mistake("an empty key", .emptyKey) { $0.set("", true) },
        Mistake("a long key", .keyTooLong(String(repeating: "k", count: 65_536))) {
            $0.set(String(repeating: "k", count: 65_536), true)
        },
        Mistake("an alignment of its own", .reservedKey("general.alignment")) {
            $0.set("general.alignment", UInt32(64))
        },
        Mistake("a tensor twice", .tensor(name: "t", .duplicate)) {
            $0.addTensor("t", type: .F32, dimensions: [1])
            $0.addTensor("t", type: .F32, dimensions: [1])
        },
        Mistake("a name of 64 bytes", .tensor(name: String(repeating: "n", count: 64), .nameTooLong(length: 64))) {
            $0.addTensor(String(repeating: "n", count: 64), type: .F32, dimensions: [1])
        },
        Mistake("half a block", .tensor(name: "t", .partialBlock(rowLength: 16, type: .Q4_0))) {
            $0.addTensor("t", type: .Q4_0, dimensions: [16])
        },
        Mistake("more than 2^63 bytes in all", .tensor(name: "u", .tooLarge(dimensions: [1 << 62]))) {
            $0.addTensor("t", type: .I8, dimensions: [1 << 62])
            $0.addTensor("u", type: .I8, dimensions: [1 << 62])
        },
    ]

    @Test(arguments: mistakes) func `contents that no reader would take are refused`(mistake: Mistake) throws {
        let folder = try TemporaryFolder()
        let path = folder.path("out.gguf")
        do {
            _ = try GGUFWriter(path: path, contents: mistake.contents)
            Issue.record("written")
        } catch {
            #expect(error == .cannotWrite(path: path, mistake.expected))
        }
        #expect(folder.names == [])
    }

    @Test func `a folder that is not there is an error`() throws {
        do {
            _ = try GGUFWriter(path: "/nonexistent/out.gguf", contents: GGUFContents())
            Issue.record("written")
        } catch {
            guard case .system("open", _, _) = error else {
                Issue.record("\(error)")
                return
            }
        }
    }
}
