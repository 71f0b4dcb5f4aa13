extension Operation {
    /// `out = x`, quantized for products.
    package struct Quantize: ResultPayload {
        package let x: Node
        package let out: Node

        var name: String { "quantize" }
        var inputs: [Node] { [x] }
    }
}
