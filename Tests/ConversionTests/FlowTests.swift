import Foundation
import Swiftlet
import TestSupport
import Testing

/// Attention flow beside networkx's maximum flows (`Fixtures/layers/make_flows.py`).
@Suite struct FlowTests {
    private struct Expected: Decodable {
        struct Case: Decodable {
            let layers: [[Float]]
            let count: Int
            let flow: [Float]
        }
        let models: [String: [Float]]
        let cases: [Case]
    }

    private let expected: Expected

    init() throws {
        let path = Fixtures.path("layers/flows.json")
        expected = try JSONDecoder().decode(Expected.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
    }

    private func distance(_ a: [Float], _ b: [Float]) -> Float {
        a.count == b.count ? zip(a, b).map { abs($0 - $1) }.max() ?? 0 : .infinity
    }

    /// Half the weights and half the identity, rows scaled to a sum of 1.
    private func mixed(_ weights: [Float], _ count: Int) -> [Float] {
        (0..<count).flatMap { row in
            let own = (0..<count).map { weights[row * count + $0] / 2 + (row == $0 ? 0.5 : 0) }
            return own.map { $0 / own.reduce(0, +) }
        }
    }

    @Test func `small networks have the flows of networkx`() {
        for one in expected.cases {
            let found = StageTrace.flow(one.layers.map { mixed($0, one.count) }, count: one.count)
            #expect(distance(found, one.flow) < 1e-5, "\(one.layers.count) layers of \(one.count)")
        }
    }

    @Test(arguments: ["bert", "gpt2", "qwen2", "t5"])
    func `a model's flow is that of transformers' attention by networkx`(name: String) throws {
        let folder = try ModelFolderCopy(name)
        _ = try folder.converted()
        let model = try Model(path: folder.output)
        let traces = try TraceTests.Expected.all()
        let ids = try #require(traces[name])
        let trace = try ids.target.map { try model.trace(source: ids.ids, target: $0) } ?? model.trace(ids.ids)
        let flow = try trace.main.flow()
        #expect(distance(flow, try #require(expected.models[name])) < 1e-5)
        let rollout = try #require(trace.main.rollout)
        // What multiplication lets through can flow, and no more than an edge at either end.
        #expect(zip(flow, rollout).allSatisfy { $0 >= $1 - 1e-6 && $0 <= 1 + 1e-6 })
    }

    @Test func `a text whose flows take too long is refused with the limit`() throws {
        let folder = try ModelFolderCopy("bert")
        _ = try folder.converted()
        let model = try Model(path: folder.output)
        let limit = StageTrace.maxFlowPositions(layers: 12, isCausal: false)
        #expect((40...80).contains(limit) && StageTrace.maxFlowPositions(layers: 12, isCausal: true) > limit)
        #expect(StageTrace.maxFlowPositions(layers: .max, isCausal: true) >= 1)
        let long = try model.trace([Token](repeating: 7, count: min(model.contextLength, 120)))
        let most = StageTrace.maxFlowPositions(layers: long.main.layerCount, isCausal: false)
        if long.main.count > most {
            let error = #expect(throws: SwiftletError.self) { try long.main.flow() }
            #expect(error?.message.contains("at most \(most)") == true)
        } else {
            _ = try long.main.flow()
        }
        var options = TraceOptions()
        options.heads = [0]
        let part = try model.trace([1, 2, 3], options)
        #expect(throws: SwiftletError.self) { try part.main.flow() }
    }
}
