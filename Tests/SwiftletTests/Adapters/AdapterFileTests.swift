import GGUF
import Swiftlet
import TestSupport
import Testing

/// What is wrong with an adapter's file is told, wherever it is.
@Suite final class AdapterFileTests {
    private let folder: TemporaryFolder
    private let model: Model
    private let file: AdapterFile

    init() throws {
        folder = try TemporaryFolder()
        model = try TinyModels.open("llama-q8_0.gguf")
        file = try AdapterFile(of: GGUFFile(path: model.path), seed: 1) { $0.hasPrefix("blk.0.attn_q.") }
    }

    private func open(_ bytes: [UInt8]) throws -> Adapter {
        try Adapter(path: folder.write(bytes, to: "adapter.gguf"), for: model)
    }

    private func expect(_ words: String, _ change: (inout AdapterFile) -> Void) {
        var wrong = file
        change(&wrong)
        let error = #expect(throws: SwiftletError.self, "\(words)") { _ = try open(wrong.bytes) }
        #expect(error?.message.contains(words) == true, "\(words): \(String(describing: error))")
    }

    @Test func `a right file is taken`() throws {
        let adapter = try open(file.bytes)
        #expect(adapter.weightNames == ["blk.0.attn_q.weight"])
        #expect(adapter.byteCount == file.tensors.reduce(0) { $0 + 4 * $1.values.count })
    }

    @Test func `a file of another kind is refused`() {
        expect("general.type") { $0.type = "model" }
        expect("general.type") { $0.type = nil }
        expect("adapter.type") { $0.kind = "control_vector" }
        expect("adapter.type") { $0.kind = nil }
        expect("general.architecture") { $0.architecture = "qwen2" }
        expect("adapter.lora.alpha") { $0.alpha = .nan }
        expect("adapter.lora.alpha") { $0.alpha = .infinity }
        expect("no tensors") { $0.tensors = [] }
    }

    @Test func `wrong tensors are refused by name`() {
        expect("the tensor blk.0.attn_q.weight.lora_b is missing") { $0.tensors.removeLast() }
        expect("the tensor blk.0.attn_q.weight.lora_a is missing") { $0.tensors.removeFirst() }
        expect("blk.0.attn_norm.weight is no part of a LoRA") {
            $0.tensors.append(
                AdapterFile.Tensor(name: "blk.0.attn_norm.weight", dimensions: [4], values: [1, 2, 3, 4]))
        }
        expect("no tensor blk.0.other.weight") { file in
            for index in file.tensors.indices {
                file.tensors[index].name = "blk.0.other.weight.lora_\(index == 0 ? "a" : "b")"
            }
        }
        expect("are not supported with this architecture") { file in
            let columns = file.tensors[0].dimensions[0]
            let ones = [Float](repeating: 1, count: columns)
            file.tensors = [
                AdapterFile.Tensor(name: "output_norm.weight.lora_a", dimensions: [columns, 1], values: ones),
                AdapterFile.Tensor(name: "output_norm.weight.lora_b", dimensions: [1, 1], values: [1]),
            ]
        }
    }

    @Test func `wrong shapes are refused, whatever they are`() {
        expect("blk.0.attn_q.weight.lora_a has the shape") { $0.tensors[0].dimensions.swapAt(0, 1) }
        expect("blk.0.attn_q.weight.lora_b has the shape") { file in
            file.tensors[1].dimensions[1] -= 1
            file.tensors[1].values.removeLast(4)
        }
        expect("lora_a has the shape") { file in
            file.tensors[0].dimensions[1] -= 1
            file.tensors[0].values.removeLast(file.tensors[0].dimensions[0])
        }
        expect("lora") { file in  // the rank 0
            file.tensors[0].dimensions[1] = 0
            file.tensors[1].dimensions[0] = 0
        }
        expect("lora") { file in file.tensors[0].dimensions = [64, 2, 2] }
        expect("lora") { file in file.tensors[0].dimensions = [Int.max, Int.max] }
    }

    @Test func `a file that ends anywhere is an error`() throws {
        let bytes = file.bytes
        for count in stride(from: 0, to: bytes.count, by: 41) {
            #expect(throws: SwiftletError.self) { _ = try open(Array(bytes[..<count])) }
        }
        var random = SeededRandom(seed: 3)
        for _ in 0..<300 {  // a damaged header ends in an error or in another adapter, never in a trap
            var damaged = bytes
            for _ in 0..<3 { damaged[random.below(420)] = UInt8(random.below(256)) }
            _ = try? open(damaged)
        }
    }

    @Test func `a model, a folder and nothing are no adapters`() throws {
        for path in [model.path, folder.path, folder.path + "/none.gguf"] {
            #expect(throws: SwiftletError.self) { _ = try Adapter(path: path, for: model) }
        }
        #expect(throws: SwiftletError.self) { _ = try Adapter(folder: folder.path, for: model) }
    }
}
