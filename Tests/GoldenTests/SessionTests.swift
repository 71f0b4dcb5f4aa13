import Swiftlet
import TestSupport
import Testing

/// Sessions of every golden model, filled up to their context: however a text gets there, the logits are the same.
@Suite struct SessionTests {
    /// The golden's tokens over and over, as many as the model's context holds, and the logits after each of them.
    private struct Filled {
        let model: Model
        let ids: [Token]
        let logits: [Float]
        let limit: Float

        init(_ golden: ModelTests.Golden) throws {
            model = try Model(path: Fixtures.path("models/\(golden.file)"))
            let length = model.contextLength
            ids = (0..<length).map { golden.ids[$0 % golden.ids.count] }
            logits = try GoldenTests.logits(model, ids, Variant(threads: 2))
            limit = 2 * golden.tolerance.maxDifference
        }

        func session() throws -> Session { try Session(model, Variant(threads: 2).options) }

        /// Appends the tokens of a range; the logits must be those of the whole text.
        func append(_ range: Range<Int>, to session: inout Session) throws {
            var found: [Float] = []
            try session.append(Array(ids[range])) { _, row in
                for index in row.indices { found.append(row[index]) }
            }
            let columns = model.vocabularySize
            let expected = logits[range.lowerBound * columns..<range.upperBound * columns]
            #expect(Divergence.largestDifference(Array(expected), found) <= limit, "\(range)")
        }
    }

    @Test(arguments: ModelTests.goldens) func `a text in parts is the whole text`(golden: ModelTests.Golden) throws {
        let filled = try Filled(golden)
        var session = try filled.session()
        var (start, size) = (0, 1)
        while start < filled.ids.count {
            let end = min(start + size, filled.ids.count)
            try filled.append(start..<end, to: &session)
            (start, size) = (end, size % 29 + 7)
        }
    }

    @Test(arguments: ModelTests.goldens) func `a session goes on from where it went back to`(
        golden: ModelTests.Golden
    ) throws {
        let filled = try Filled(golden)
        let end = filled.ids.count
        var session = try filled.session()
        try filled.append(0..<end, to: &session)
        for position in [end - 1, end - 9, 30, 3, 0] {
            session.rewind(to: position)
            try filled.append(position..<min(position + 40, end), to: &session)
        }
    }

    @Test(arguments: ModelTests.goldens) func `a saved session goes on in another`(golden: ModelTests.Golden) throws {
        let filled = try Filled(golden)
        let end = filled.ids.count
        for position in [5, 37, end - 4] {
            var session = try filled.session()
            try filled.append(0..<position, to: &session)
            var other = try filled.session()
            try filled.append(0..<11, to: &other)
            try other.restore(saved: session.saved())
            #expect(other.tokens == session.tokens)
            try filled.append(position..<end, to: &other)
            other.rewind(to: position / 2)
            try filled.append(position / 2..<end, to: &other)
        }
    }

    @Test func `layers with a window keep the window alone`() throws {
        let golden = try #require(ModelTests.goldens.first { $0.file == "gemma3-f32.gguf" })
        let filled = try Filled(golden)
        var session = try filled.session()
        for index in filled.ids.indices { try filled.append(index..<index + 1, to: &session) }
        let positionBytes = 24 * 2 * 4  // columns, keys and values, bytes
        // Of seven layers one keeps all of 192 positions, six the last page of 64.
        #expect(session.usedCacheByteCount == (192 + 6 * 64) * positionBytes)
    }
}
