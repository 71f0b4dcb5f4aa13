internal import JSON
internal import Safetensors

/// A Dense module of sentence-transformers, behind the pooling: a matrix.
struct DenseSettings: Sendable {
    let inputs: Int
    let outputs: Int
    let weight: Checkpoint.Entry

    var path: String { weight.file.path }

    /// The modules of a folder, in order; files have no place for a bias or an activation.
    static func read(_ folder: ModelFolder) throws(ConversionError) -> [DenseSettings] {
        var layers: [DenseSettings] = []
        for place in try SentenceModules(folder).places(of: "Dense") {
            layers.append(try DenseSettings(folder, place))
        }
        return layers
    }

    private init(_ folder: ModelFolder, _ place: String) throws(ConversionError) {
        let name = "\(place)/config.json"
        guard let value = try folder.json(name) else { throw .missingFile(name, folder: folder.path) }
        let c = Configuration(path: folder.path(name), value: value)
        inputs = try c.size("in_features")
        outputs = try c.size("out_features")
        let activation = try c.string("activation_function", default: "torch.nn.modules.activation.Tanh")
        guard activation.split(separator: ".").last == "Identity" else {
            throw c.unsupported("the activation \(activation.visible) behind the pooling")
        }
        guard try !c.bool("bias", default: true) else { throw c.unsupported("a bias behind the pooling") }
        let file = try SafetensorsFile.opened(folder.path("\(place)/model.safetensors"))
        guard let tensor = file.tensors.first(where: { $0.name == "linear.weight" }) else {
            throw .missingTensor("linear.weight", path: file.path)
        }
        guard tensor.shape == [outputs, inputs] else {
            throw .shape(tensor: tensor.name, expected: [outputs, inputs], found: tensor.shape, path: file.path)
        }
        guard [.F64, .F32, .F16, .BF16].contains(tensor.type) else {
            throw .elementType(tensor: tensor.name, tensor.type, path: file.path)
        }
        weight = Checkpoint.Entry(tensor: tensor, file: file)
    }
}
