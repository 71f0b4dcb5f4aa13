package import Tensors

extension Operation {
    /// `out = a + b`
    package struct Add: ResultPayload {
        package let a: Node
        package let b: Node
        package let out: Node

        package var name: String { "add" }
        package var inputs: [Node] { [a, b] }
        package var inPlace: Node? { a }
    }

    /// `out = a * b`, element by element.
    package struct Multiply: ResultPayload {
        package let a: Node
        package let b: Node
        package let out: Node

        package var name: String { "multiply" }
        package var inputs: [Node] { [a, b] }
        package var inPlace: Node? { a }
    }

    /// `out = activation(x)`
    package struct Activate: ResultPayload {
        package let x: Node
        package let activation: Activation
        package let out: Node

        package var name: String { "activate" }
        package var inputs: [Node] { [x] }
        package var inPlace: Node? { x }

        package func text(_ graph: Graph) -> String { "\(activation.rawValue) \(graph.text(inputs))" }
    }
}

extension GraphBuilder {
    package mutating func add(_ a: Node, _ b: Node) throws(GraphError) -> Node {
        try expectSame("add", a, b)
        return append(shape(of: a)) { .add(Operation.Add(a: a, b: b, out: $0)) }
    }

    package mutating func multiply(_ a: Node, _ b: Node) throws(GraphError) -> Node {
        try expectSame("multiply", a, b)
        return append(shape(of: a)) { .multiply(Operation.Multiply(a: a, b: b, out: $0)) }
    }

    package mutating func activate(_ x: Node, _ activation: Activation) -> Node {
        append(shape(of: x)) { .activate(Operation.Activate(x: x, activation: activation, out: $0)) }
    }
}
