/// Arguments of a function, method, filter or test.
struct Arguments {
    var positional: [Value] = []
    var names: [String] = []
    /// The values of `names`.
    var named: [Value] = []

    subscript(name: String) -> Value? { names.firstIndex(of: name).map { named[$0] } }

    /// The values of the parameters, in their order.
    ///
    /// - Parameters:
    ///   - parameters: their names; one that is empty cannot be given by name.
    ///   - required: min number of them.
    func bind(_ parameters: [String], required: Int = 0, for what: String) throws(TemplateError) -> [Value?] {
        guard positional.count <= parameters.count else {
            throw TemplateError(
                .value, "\(what) takes at most \(parameters.count) arguments, \(positional.count) are given")
        }
        var values: [Value?] = positional
        values += [Value?](repeating: nil, count: parameters.count - positional.count)
        for (name, value) in zip(names, named) {
            guard let place = parameters.firstIndex(of: name) else {
                throw TemplateError(.value, "\(what) has no argument \(name.quoted)")
            }
            guard values[place] == nil else {
                throw TemplateError(.value, "\(what) is given \(name.quoted) twice")
            }
            values[place] = value
        }
        for place in 0..<required where values[place] == nil {
            throw TemplateError(.value, "\(what) needs \(required) arguments")
        }
        return values
    }
}

extension Value? {
    /// The value, if it is there and not `none`.
    var given: Value? {
        if case .some(.none) = self { return nil }
        return self
    }

    func integer(_ what: String, default value: Int) throws(TemplateError) -> Int {
        guard let given = self else { return value }
        return try given.expectInteger(what)
    }

    func isTrue(default value: Bool) -> Bool { self?.isTrue ?? value }
}
