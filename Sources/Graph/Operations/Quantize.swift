extension Operation {
    /// `out = x`, quantized for products.
    package struct Quantize: ResultPayload {
        package let x: Node
        package let out: Node

        package var name: String { "quantize" }
        package var inputs: [Node] { [x] }
    }
}
