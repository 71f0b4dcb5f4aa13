internal import GGUF
package import Quantization
internal import Safetensors

/// Makes an adapter file, as llama.cpp has it, of a folder as PEFT stores a LoRA.
package enum AdapterConverter {
    /// Whether a path is a folder of PEFT's.
    package static func reads(_ path: String) -> Bool {
        let folder = ModelFolder(path)
        return !folder.isFile && AdapterCheckpoint.isOne(folder)
    }

    /// Whether a path is one of a file.
    package static func isFile(_ path: String) -> Bool { ModelFolder(path).isFile }

    /// Reads everything but the matrices.
    ///
    /// - Parameters:
    ///   - base: the model; nil: what the folder's settings name, where that is a folder, too.
    ///   - type: `f32`, `f16` or `bf16`; nil: as they are stored.
    /// - Throws: ``ConversionError`` when the folder is no LoRA of the model, or one that does more than add products.
    package static func converter(
        folder path: String, base: AdapterBase?, type: FileType? = nil
    ) throws(ConversionError) -> ModelConverter {
        let adapter = try AdapterCheckpoint(ModelFolder(path))
        if let whole = adapter.whole.keys.sorted().first {
            throw .unsupported(
                "a weight that was trained as a whole (modules_to_save: \(whole.visible)): merge it by swiftlet convert "
                    + "DIR OUT --lora ADAPTER; beside a model it", path: adapter.path)
        }
        let model = if let base { base } else { try named(by: adapter) }
        let (family, updates) = try updates(of: adapter, base: model)
        let plan = updates.sorted { $0.name < $1.name }.flatMap { update -> [PlannedTensor] in
            let factor = update.module.scale * Double(update.module.rank) / adapter.settings.alpha
            return [update.a, update.b(times: Float(factor))]
        }
        var contents = GGUFContents()
        contents.set("general.architecture", family.architecture)
        contents.set("general.type", "adapter")
        contents.set("adapter.type", "lora")
        contents.set("adapter.lora.alpha", Float(adapter.settings.alpha))
        contents.set("general.name", ModelFolder(path).name)
        var tensors: [ModelConverter.Tensor] = []
        for planned in plan {
            let own = tensorType(of: planned, wanted: type)
            let byteCount: Int
            do throws(GGUF.TensorError) { byteCount = try own.byteCount(dimensions: planned.dimensions) } catch {
                throw .file(.cannotWrite(path: planned.name, .tensor(name: planned.name, error)))
            }
            contents.addTensor(planned.name, type: own, dimensions: planned.dimensions)
            tensors.append(
                ModelConverter.Tensor(
                    name: planned.name, storedType: planned.storedType, storedBytes: planned.storedBytes, type: own,
                    byteCount: byteCount, elementCount: planned.elementCount))
        }
        return ModelConverter(
            architecture: family.architecture, type: type ?? .f32, tensors: tensors, plan: plan, contents: contents)
    }

    private static func tensorType(of tensor: PlannedTensor, wanted: FileType?) -> TensorType {
        if let wanted { return wanted.main }
        if tensor.change != nil { return .F32 }
        return switch tensor.elementType {
        case .F16: .F16
        case .BF16: .BF16
        default: .F32
        }
    }

    /// What an adapter adds, by the first family that knows all of its modules.
    private static func updates(
        of adapter: AdapterCheckpoint, base: AdapterBase
    ) throws(ConversionError) -> (family: any Family, updates: [AdapterUpdate]) {
        var first: ConversionError?
        for family in base.families {
            do throws(ConversionError) {
                return (family, try updates(of: adapter, by: family))
            } catch {
                first = first ?? error
            }
        }
        throw first ?? .unsupported("an adapter of this model", path: adapter.path)
    }

    /// What an adapter adds to the tensors of a family.
    static func updates(
        of adapter: AdapterCheckpoint, by family: any Family
    ) throws(ConversionError) -> [AdapterUpdate] {
        try TensorMap.updates(of: adapter.dropping(prefixes: type(of: family).prefixes), by: family)
    }

    private static func named(by adapter: AdapterCheckpoint) throws(ConversionError) -> AdapterBase {
        let path = adapter.settings.basePath
        guard !path.isEmpty, ModelFolder(path).has("config.json") else {
            throw .unsupported(
                "an adapter without its model (\(path.visible)): give that with --base DIR; this", path: adapter.path)
        }
        return try AdapterBase(folder: path)
    }
}
