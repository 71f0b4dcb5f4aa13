/// Jinja's own functions, and those that `transformers` adds.
enum Function: String {
    case range, dict, namespace, cycler, joiner
    case raiseException = "raise_exception"
    case strftimeNow = "strftime_now"
    /// Jinja's random text; refused when called.
    case lipsum
}

extension Machine {
    /// Calls what is below the arguments on the stack, and gives the place of the next instruction.
    mutating func call(_ arguments: Arguments, from place: Int) throws(TemplateError) -> Int {
        let callee = pop()
        switch callee {
        case .macro(let index): return try enterMacro(index, arguments, from: place)
        case .loop(let id): return try enterLoop(id, arguments, from: place)
        case .joiner(let index): stack.append(try callJoiner(index, arguments))
        case .function(let function): stack.append(try call(function, arguments))
        case .method(let bound):
            switch bound.receiver {
            case .loop(let id): stack.append(try callLoop(bound.method, id, arguments))
            case .cycler(let index): stack.append(try callCycler(bound.method, index, arguments))
            default: stack.append(try call(bound.method, of: bound.receiver, arguments))
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
        case .cycler: return try makeCycler(arguments)
        case .joiner: return try makeJoiner(arguments)
        case .lipsum: throw .unsupported("the function lipsum()")
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

    // MARK: - Cyclers and joiners

    private mutating func makeCycler(_ arguments: Arguments) throws(TemplateError) -> Value {
        guard !arguments.positional.isEmpty, arguments.names.isEmpty else {
            throw TemplateError(.value, "cycler() needs values without names")
        }
        cyclers.append(Cycler(items: try List(arguments.positional, meter)))
        return .cycler(cyclers.count - 1)
    }

    private mutating func makeJoiner(_ arguments: Arguments) throws(TemplateError) -> Value {
        let separator = try arguments.bind(["sep"], for: "joiner()")[0] ?? .string(", ")
        try meter.allocate(1, each: 64)
        joiners.append(Joiner(separator: separator))
        return .joiner(joiners.count - 1)
    }

    /// Nothing the first time, then the separator.
    private mutating func callJoiner(_ index: Int, _ arguments: Arguments) throws(TemplateError) -> Value {
        _ = try arguments.bind([], for: "a joiner")
        guard joiners[index].isUsed else {
            joiners[index].isUsed = true
            return .string("")
        }
        return joiners[index].separator
    }

    func attribute(_ name: String, ofCycler index: Int) -> Value {
        switch name {
        case "next": .method(BoundMethod(.cycler(index), .next))
        case "reset": .method(BoundMethod(.cycler(index), .reset))
        case "current": cyclers[index].items.items[cyclers[index].position]
        case "pos": .int(cyclers[index].position)
        case "items": .tuple(cyclers[index].items)
        default: .undefined("\(name.quoted) of a cycler")
        }
    }

    private mutating func callCycler(
        _ method: Method, _ index: Int, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        _ = try arguments.bind([], for: "a cycler's \(method.rawValue)()")
        let (items, position) = (cyclers[index].items.items, cyclers[index].position)
        guard method == .next else {
            cyclers[index].position = 0
            return .none
        }
        cyclers[index].position = (position + 1) % items.count
        return items[position]
    }
}

/// What `cycler()` gives.
struct Cycler {
    /// Not empty.
    let items: List
    var position = 0
}

/// What `joiner()` gives.
struct Joiner {
    let separator: Value
    var isUsed = false
}
