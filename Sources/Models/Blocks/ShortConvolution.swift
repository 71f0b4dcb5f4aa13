internal import Graph
internal import Tensors

extension GraphBuilder {
    /// A gated short convolution (arXiv:2511.23404 §2): `shortconv.in_proj` gives b, c and x; `c * conv(b * x)`, each channel
    /// by its row of `shortconv.conv`, goes through `shortconv.out_proj`: the shape of `x`.
    ///
    /// - Parameter width: tokens that the convolution reads.
    mutating func shortConvolution(_ x: Node, _ w: TensorScope, width: Int) throws(ModelError) -> Node {
        let w = w.scoped("shortconv")
        let size = shape(of: x).columns
        let input = try w.linear("in_proj", rows: 3 * size, columns: size)
        let b = try linear(x, input.rows(0..<size), w)
        let c = try linear(x, input.rows(size..<2 * size), w)
        let value = try linear(x, input.rows(2 * size..<3 * size), w)
        let kernel = try w.matrix("conv.weight", rows: size, columns: width)
        let kernelBias = try w.optionalVector("conv.bias", count: size)
        let convolved = try checked(w) { g throws(GraphError) in
            try g.multiply(g.causalConvolution(g.multiply(b, value), kernel, bias: kernelBias), c)
        }
        return try linear(convolved, w, "out_proj", size: size)
    }
}
