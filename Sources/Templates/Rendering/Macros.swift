extension Machine {
    mutating func leaveScope() { scope = scope.parent ?? scope }

    /// Prints into a string of its own from here on, until ``leaveFrame()`` puts that on the stack.
    mutating func enter(_ frame: Frame) throws(TemplateError) {
        guard frames.count < meter.limits.callDepth else {
            throw Meter.exhausted(
                "\(meter.limits.callDepth) macros and recursive loops that call one another", "callDepth")
        }
        frames.append(frame)
        outputs.append(TextBuilder(meter))
    }

    /// Gives the place after the call.
    mutating func leaveFrame() -> Int {
        endCapture()
        guard let frame = frames.popLast() else { return program.code.count }
        scope = frame.scope
        return frame.caller + 1
    }

    /// A macro that sees the variables of the block that it is defined in.
    mutating func define(_ definition: Int) throws(TemplateError) -> Value {
        try meter.allocate(1, each: 64)
        closures.append(Closure(definition: definition, scope: scope))
        return .macro(closures.count - 1)
    }

    /// Binds arguments as Jinja's `Macro.__call__` does, and gives the place of the macro's code.
    mutating func enterMacro(_ index: Int, _ arguments: Arguments, from place: Int) throws(TemplateError) -> Int {
        let closure = closures[index]
        let macro = program.macros[closure.definition]
        let title = macro.name.isEmpty ? "the body of '{% call %}'" : "the macro \(macro.name.quoted)"
        let bound = Scope(parent: closure.scope)
        var named = zip(arguments.names, arguments.named).map { (name: $0, value: $1) }
        func take(_ name: String) -> Value? {
            named.firstIndex { $0.name == name }.map { named.remove(at: $0).value }
        }
        var frame = Frame(caller: place, scope: scope)
        for (parameter, name) in macro.parameterNames.enumerated() {
            let positional = parameter < arguments.positional.count ? arguments.positional[parameter] : nil
            let value = positional ?? take(name)
            if value != nil { frame.given |= 1 << UInt64(parameter) }
            bound.store(macro.parameters[parameter], value ?? .undefined("the parameter \(name.quoted)"))
        }
        if let caller = macro.caller {
            bound.store(caller, take("caller") ?? .undefined("'caller' of a macro that no '{% call %}' uses"))
        }
        let rest = arguments.positional.dropFirst(macro.parameters.count)
        if let varargs = macro.varargs {
            bound.store(varargs, .tuple(try List(Array(rest), meter)))
        } else if !rest.isEmpty {
            throw TemplateError(
                .value,
                "\(title) takes at most \(macro.parameters.count) arguments, \(arguments.positional.count) are given")
        }
        if let kwargs = macro.kwargs {
            let builder = MappingBuilder(meter)
            for (name, value) in named { try builder.set(.string(name), value) }
            bound.store(kwargs, .mapping(try builder.finish()))
        } else if let name = named.first?.name {
            throw TemplateError(
                .value,
                name == "caller"
                    ? "\(title) does not use 'caller': call it without '{% call %}'"
                    : "\(title) has no argument \(name.quoted), or it is given twice")
        }
        try enter(frame)
        scope = bound
        return macro.entry
    }

    /// An attribute of a macro.
    func attribute(_ name: String, ofMacro index: Int) throws(TemplateError) -> Value {
        let macro = program.macros[closures[index].definition]
        switch name {
        case "name": return macro.name.isEmpty ? .none : .string(macro.name)
        case "arguments": return .tuple(try List(macro.parameterNames.map { .string($0) }, meter))
        case "catch_varargs": return .bool(macro.varargs != nil)
        case "catch_kwargs": return .bool(macro.kwargs != nil)
        case "caller": return .bool(macro.caller != nil)
        default: return .undefined("\(name.quoted) of a macro")
        }
    }
}
