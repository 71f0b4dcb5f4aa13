import CSwiftlet
import GGUF
import Swiftlet
import TestSupport
import Testing

/// Adapters through the header, beside the Swift API.
@Suite final class `C: adapters` {
    private let folder: TemporaryFolder
    private let path: String
    private let model: Owned
    private let adapter: Owned
    private let name = Fixtures.path("models/llama-q8_0.gguf")
    private let prompt: [Int32] = [1, 5, 9, 2, 7]

    init() throws {
        folder = try TemporaryFolder()
        let model = try Owned.model(name)
        let path = try folder.write(AdapterFile(of: GGUFFile(path: name), seed: 5).bytes, to: "adapter.gguf")
        adapter = try Owned(swiftlet_adapter_release) { swiftlet_adapter_open(model.raw, path, $0, $1) }
        self.model = model
        self.path = path
    }

    private func logits(_ session: Owned) throws -> [Float] {
        try check { swiftlet_session_rewind(session.raw, 0, $0) }
        try check { swiftlet_session_prefill(session.raw, prompt, prompt.count, nil, $0) }
        var needed = 0
        try check { swiftlet_session_logits(session.raw, nil, 0, &needed, $0) }
        var logits = [Float](repeating: .nan, count: needed)
        let capacity = logits.count
        try check { swiftlet_session_logits(session.raw, &logits, capacity, nil, $0) }
        return logits
    }

    private func expected(_ scale: Float?) throws -> [Float] {
        let model = try Model(path: name)
        var options = SessionOptions()
        if let scale { options.adapters = [ScaledAdapter(try Adapter(path: path, for: model), scale: scale)] }
        var session = try Session(model, options)
        try session.append(prompt)
        return session.withLogits { row in row.indices.map { row[$0] } } ?? []
    }

    @Test func `sessions run with them, and switch`() throws {
        #expect(swiftlet_has("adapters"))
        let session = try Owned.session(model)
        #expect(try logits(session) == expected(nil))
        let handles: [OpaquePointer?] = [adapter.raw]
        try check { swiftlet_session_set_adapters(session.raw, handles, nil, 1, $0) }
        #expect(try logits(session) == expected(1))
        try check { swiftlet_session_set_adapters(session.raw, handles, [0.5], 1, $0) }
        #expect(try logits(session) == expected(0.5))
        try check { swiftlet_session_set_adapters(session.raw, nil, nil, 0, $0) }
        #expect(try logits(session) == expected(nil))
        let scales: [Float] = [0.25]
        let other = try handles.withUnsafeBufferPointer { handles in
            try scales.withUnsafeBufferPointer { scales in
                try Owned.session(model) { options in
                    options.adapters = handles.baseAddress
                    options.adapter_scales = scales.baseAddress
                    options.adapter_count = 1
                }
            }
        }
        #expect(try logits(other) == expected(0.25))
    }

    @Test func `wrong ones are errors`() throws {
        let session = try Owned.session(model)
        func status(_ handles: [OpaquePointer?], _ scales: [Float]? = nil, count: Int = 1) -> Int {
            SwiftletCTests.status { swiftlet_session_set_adapters(session.raw, handles, scales, count, $0) }
        }
        #expect(status([nil]) == SWIFTLET_ERROR_HANDLE)
        #expect(status([model.raw]) == SWIFTLET_ERROR_HANDLE)
        #expect(status([adapter.raw], [.nan]) == SWIFTLET_ERROR_ARGUMENT)
        #expect(status([adapter.raw], count: 1 << 40) == SWIFTLET_ERROR_ARGUMENT)
        #expect(status([adapter.raw], count: -1) == SWIFTLET_ERROR_ARGUMENT)
        #expect(
            SwiftletCTests.status { swiftlet_session_set_adapters(session.raw, nil, nil, 1, $0) }
                == SWIFTLET_ERROR_ARGUMENT)
        let other = try Owned.model(name)
        let foreign = try Owned(swiftlet_adapter_release) { swiftlet_adapter_open(other.raw, path, $0, $1) }
        #expect(status([foreign.raw]) == SWIFTLET_ERROR_ARGUMENT)
        for path in [name, folder.path, folder.path("none")] {
            #expect(throws: CFailure.self) {
                _ = try Owned(swiftlet_adapter_release) { swiftlet_adapter_open(model.raw, path, $0, $1) }
            }
        }
        // The session is as it was.
        #expect(try logits(session) == expected(nil))
    }
}
