/// Jinja's own functions, and those that `transformers` adds.
enum Function: String {
    case range, dict, namespace
    case raiseException = "raise_exception"
    case strftimeNow = "strftime_now"
    // Known to Jinja, refused when called.
    case lipsum, cycler, joiner
}

extension Machine {
    /// Calls what is below the arguments on the stack, and gives the place of the next instruction.
    mutating func call(_ arguments: Arguments, from place: Int) throws(TemplateError) -> Int {
        let callee = pop()
        switch callee {
        case .macro(let index): return try enterMacro(index, arguments, from: place)
        case .function(let function): stack.append(try call(function, arguments))
        case .method(let bound):
            if case .loop(let id) = bound.receiver {
                stack.append(try callLoop(bound.method, id, arguments))
            } else {
                stack.append(try call(bound.method, of: bound.receiver, arguments))
            }
        default:
            try callee.requireDefined()
            throw TemplateError(.type, "\(callee.typeName) cannot be called")
        }
        return place + 1
    }

    private mutating func call(_ function: Function, _ arguments: Arguments) throws(TemplateError) -> Value {
        switch function {
        case .range: return try range(arguments)
        case .dict: return .mapping(try dictionary(arguments))
        case .namespace:
            let mapping = try dictionary(arguments)
            var attributes: [String: Value] = [:]
            for i in mapping.keys.indices {
                try attributes[mapping.keys[i].expectText("a namespace's attribute").string] = mapping.values[i]
            }
            return try makeNamespace(attributes)
        case .raiseException:
            let values = try arguments.bind(["message"], required: 1, for: "raise_exception()")
            let message = try values[0]?.text(meter).string ?? ""
            throw TemplateError(.raised, "the template refuses its input: \(message.prefix(1000))")
        case .strftimeNow:
            let values = try arguments.bind(["format"], required: 1, for: "strftime_now()")
            guard let now else {
                throw TemplateError(.value, "the template asks for the date by strftime_now(): pass it as 'now'")
            }
            let format = try values[0]?.expectText("the format of strftime_now()") ?? Text()
            return .text(try now.formatted(format, meter))
        case .lipsum, .cycler, .joiner: throw .unsupported("the function \(function.rawValue)()")
        }
    }

    private func range(_ arguments: Arguments) throws(TemplateError) -> Value {
        let values = try arguments.bind(["", "", ""], required: 1, for: "range()")
        var bounds: [Int] = []
        for case let value? in values { bounds.append(try value.expectInteger("an argument of range()")) }
        let progression = try Progression(
            bounds.count > 1 ? bounds[0] : 0, bounds.count > 1 ? bounds[1] : bounds[0],
            bounds.count > 2 ? bounds[2] : 1)
        // Jinja's sandbox has the same limit.
        guard progression.count <= 100_000 else {
            throw TemplateError(.overflow, "range() has more than 100000 elements: use fewer")
        }
        return .range(progression)
    }

    /// `dict(mapping or pairs, name=value...)`.
    private func dictionary(_ arguments: Arguments) throws(TemplateError) -> Mapping {
        let builder = MappingBuilder(meter)
        guard arguments.positional.count <= 1 else {
            throw TemplateError(.value, "a dictionary is made of at most one value")
        }
        if let source = arguments.positional.first {
            if case .mapping(let mapping) = source {
                try meter.work(mapping.count)
                for i in mapping.keys.indices { try builder.set(mapping.keys[i], mapping.values[i]) }
            } else {
                for pair in try source.elements(meter) {
                    let parts = try pair.elements(meter)
                    guard parts.count == 2 else {
                        throw TemplateError(.value, "a dictionary is made of pairs, not of \(parts.count) values")
                    }
                    try builder.set(parts[0], parts[1])
                }
            }
        }
        for (name, value) in zip(arguments.names, arguments.named) { try builder.set(.string(name), value) }
        return try builder.finish()
    }

    // MARK: - The variable `loop`

    private func place(ofLoop id: Int) throws(TemplateError) -> Int {
        guard let place = loops.lastIndex(where: { $0.id == id }) else {
            throw .unsupported("the variable 'loop' after its loop")
        }
        return place
    }

    func attribute(_ name: String, ofLoop id: Int) throws(TemplateError) -> Value {
        let loop = loops[try place(ofLoop: id)]
        let (index, count) = (loop.index, loop.items.count)
        switch name {
        case "index": return .int(index + 1)
        case "index0": return .int(index)
        case "revindex": return .int(count - index)
        case "revindex0": return .int(count - index - 1)
        case "first": return .bool(index == 0)
        case "last": return .bool(index == count - 1)
        case "length": return .int(count)
        case "depth": return .int(1)
        case "depth0": return .int(0)
        case "previtem": return index > 0 ? loop.items[index - 1] : .undefined("the item before the first")
        case "nextitem": return index + 1 < count ? loop.items[index + 1] : .undefined("the item after the last")
        case "cycle": return .method(BoundMethod(.loop(id), .cycle))
        case "changed": return .method(BoundMethod(.loop(id), .changed))
        default: return .undefined("loop.\(name)")
        }
    }

    private mutating func callLoop(
        _ method: Method, _ id: Int, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        let place = try place(ofLoop: id)
        guard arguments.names.isEmpty else { throw .unsupported("an argument with a name here") }
        let values = arguments.positional
        if method == .cycle {
            guard !values.isEmpty else { throw TemplateError(.value, "loop.cycle() needs values") }
            return values[loops[place].index % values.count]
        }
        let last = loops[place].changing
        loops[place].changing = values
        guard let last, last.count == values.count else { return .bool(true) }
        for i in values.indices where !(try values[i].equals(last[i], meter)) { return .bool(true) }
        return .bool(false)
    }
}
