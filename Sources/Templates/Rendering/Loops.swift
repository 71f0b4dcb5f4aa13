/// A loop that is running.
struct Loop {
    let id: Int
    let items: [Value]
    var index = -1
    var isCompleted = false
    /// Whether its condition read a namespace, all at once before the first turn.
    let readsNamespace: Bool
    var changing: [Value]?
    /// Of a recursive loop: where its code begins.
    var entry: Int?
    /// The scope around it.
    let scope: Scope
    var depth = 0
}

/// The condition of a loop that is running.
struct Selection {
    let items: [Value]
    var index = -1
    var kept: [Value] = []
    let readsBefore: Int
    var readsNamespace = false
}

extension Machine {
    mutating func runSelection(_ instruction: Instruction, at place: Int) throws(TemplateError) -> Int {
        switch instruction {
        case .beginSelection:
            selections.append(Selection(items: try pop().elements(meter), readsBefore: namespaceReads))
        case .nextSelected(let distance):
            selections[selections.count - 1].index += 1
            let selection = selections[selections.count - 1]
            guard selection.index < selection.items.count else { return place + distance }
            scope = Scope(parent: scope)
            stack.append(selection.items[selection.index])
        case .select:
            let last = selections.count - 1
            if pop().isTrue { selections[last].kept.append(selections[last].items[selections[last].index]) }
            leaveScope()
        default:
            let selection = selections.removeLast()
            stack.append(.list(try List(selection.kept, meter)))
            selectionReadsNamespace = namespaceReads > selection.readsBefore
        }
        return place + 1
    }

    mutating func runLoop(_ instruction: Instruction, at place: Int) throws(TemplateError) -> Int {
        switch instruction {
        case .beginLoop: try beginLoop()
        case .beginRecursiveLoop(let distance):
            try beginLoop()
            loops[loops.count - 1].entry = place + distance
            loops[loops.count - 1].depth = frames.last?.depth ?? 0
        case .nextElement(let distance):
            let last = loops.count - 1
            loops[last].index += 1
            guard loops[last].index < loops[last].items.count else { return place + distance }
            scope = Scope(parent: scope)
            if let name = loopName { scope.store(name, .loop(loops[last].id)) }
            stack.append(loops[last].items[loops[last].index])
        case .completeBody: loops[loops.count - 1].isCompleted = true
        default: stack.append(.bool(!loops.removeLast().isCompleted))
        }
        return place + 1
    }

    private mutating func beginLoop() throws(TemplateError) {
        let items = try pop().elements(meter)
        loopCount += 1
        loops.append(Loop(id: loopCount, items: items, readsNamespace: selectionReadsNamespace, scope: scope))
        selectionReadsNamespace = false
    }

    // MARK: - The variable `loop`

    private func place(ofLoop id: Int) throws(TemplateError) -> Int {
        guard let place = loops.lastIndex(where: { $0.id == id }) else {
            throw .unsupported("the variable 'loop' after its loop")
        }
        return place
    }

    /// `loop(items)`: runs a recursive loop's code for other items. Gives the place of its code.
    mutating func enterLoop(_ id: Int, _ arguments: Arguments, from place: Int) throws(TemplateError) -> Int {
        let loop = loops[try self.place(ofLoop: id)]
        guard let entry = loop.entry else {
            throw TemplateError(.type, "only the variable of a loop with 'recursive' can be called")
        }
        let values = try arguments.bind(["iterable"], required: 1, for: "loop()")
        try enter(Frame(caller: place, scope: scope, depth: loop.depth + 1))
        scope = loop.scope
        stack.append(values[0] ?? .none)
        return entry
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
        case "depth": return .int(loop.depth + 1)
        case "depth0": return .int(loop.depth)
        case "previtem": return index > 0 ? loop.items[index - 1] : .undefined("the item before the first")
        case "nextitem": return index + 1 < count ? loop.items[index + 1] : .undefined("the item after the last")
        case "cycle": return .method(BoundMethod(.loop(id), .cycle))
        case "changed": return .method(BoundMethod(.loop(id), .changed))
        default: return .undefined("loop.\(name)")
        }
    }

    mutating func callLoop(_ method: Method, _ id: Int, _ arguments: Arguments) throws(TemplateError) -> Value {
        let place = try place(ofLoop: id)
        guard arguments.names.isEmpty else {
            throw TemplateError(.value, "loop.\(method.rawValue)() has no arguments with names")
        }
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
