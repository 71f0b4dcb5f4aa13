/// Runs a program once. It calls nothing recursively, whatever the template does.
struct Machine {
    let program: Program
    let meter: Meter
    let now: CivilTime?
    /// Of the program.
    private var constants: [Value] = []
    /// By name: what the caller gave, and Jinja's own functions.
    private var globals: [Value] = []
    var stack: [Value] = []
    private var scopes: [Scope] = [Scope()]
    private var frames: [Frame] = []
    private var outputs: [TextBuilder]
    var loops: [Loop] = []
    private var selections: [Selection] = []
    private var loopCount = 0
    private(set) var namespaces: [[String: Value]] = []
    /// How often a namespace's attribute was read.
    private(set) var namespaceReads = 0
    /// Filters that apply filters.
    var filterDepth = 0

    /// Variables of a block.
    private struct Scope {
        var names: [Int] = []
        var values: [Value] = []
    }

    /// A macro that is running.
    private struct Frame {
        let caller: Int
        /// Its first scope; between it and the template's it sees none.
        let scopeBase: Int
        /// A bit for every parameter that was given.
        let given: UInt64
    }

    struct Loop {
        let id: Int
        let items: [Value]
        var index = -1
        var isCompleted = false
        /// Whether its condition read a namespace, all at once before the first turn.
        let readsNamespace: Bool
        var changing: [Value]?
    }

    private struct Selection {
        let items: [Value]
        var index = -1
        var kept: [Value] = []
        let readsBefore: Int
        var readsNamespace = false
    }

    init(
        _ program: Program, _ context: [String: TemplateValue], _ meter: Meter, _ now: CivilTime?
    ) throws(TemplateError) {
        self.program = program
        self.meter = meter
        self.now = now
        outputs = [TextBuilder(meter)]
        constants = program.constants.map { constant in
            switch constant {
            case .none: .none
            case .bool(let value): .bool(value)
            case .int(let value): .int(value)
            case .float(let bits): .float(Double(bitPattern: bits))
            case .text(let text): .string(text)
            }
        }
        for name in program.names {
            if let value = context[name] {
                globals.append(try Value(value, depth: 0, meter))
            } else if let function = Function(rawValue: name) {
                globals.append(.function(function))
            } else {
                globals.append(.undefined(name.quoted))
            }
        }
    }

    mutating func run() throws(TemplateError) -> Text {
        var place = 0
        while place < program.code.count {
            do throws(TemplateError) {
                try meter.step()
                place = try execute(program.code[place], at: place)
            } catch {
                throw error.at(program.lines[place])
            }
        }
        return outputs[0].text
    }

    // MARK: - The stack

    mutating func pop() -> Value { stack.popLast() ?? .none }

    mutating func pop(_ count: Int) -> [Value] {
        let values = Array(stack.suffix(count))
        stack.removeLast(values.count)
        return values
    }

    private mutating func arguments(_ shape: Int) -> Arguments {
        let shape = program.shapes[shape]
        let values = pop(shape.count)
        return Arguments(
            positional: Array(values.prefix(shape.positional)), names: shape.keywords,
            named: Array(values.dropFirst(shape.positional)))
    }

    // MARK: - Variables

    private func load(_ name: Int) -> Value {
        let base = frames.last?.scopeBase ?? 0
        for scope in (base..<scopes.count).reversed() {
            if let place = scopes[scope].names.lastIndex(of: name) { return scopes[scope].values[place] }
        }
        if base > 0, let place = scopes[0].names.lastIndex(of: name) { return scopes[0].values[place] }
        return globals[name]
    }

    private mutating func store(_ name: Int, _ value: Value) {
        let scope = scopes.count - 1
        if let place = scopes[scope].names.lastIndex(of: name) {
            scopes[scope].values[place] = value
        } else {
            scopes[scope].names.append(name)
            scopes[scope].values.append(value)
        }
    }

    mutating func makeNamespace(_ attributes: [String: Value]) throws(TemplateError) -> Value {
        try meter.allocate(attributes.count + 1, each: 96)
        namespaces.append(attributes)
        return .namespace(namespaces.count - 1)
    }

    mutating func attribute(_ name: String, ofNamespace index: Int) -> Value {
        namespaceReads += 1
        return namespaces[index][name] ?? .undefined("the namespace's attribute \(name.quoted)")
    }

    private mutating func store(_ attribute: String, _ value: Value, inNamespace target: Value) throws(TemplateError) {
        guard case .namespace(let index) = target else {
            try target.requireDefined()
            throw TemplateError(.type, "only a namespace()'s attributes can be set, not those of \(target.typeName)")
        }
        if loops.contains(where: \.readsNamespace) {
            throw .unsupported("setting a namespace's attribute in a loop whose 'if' reads one")
        }
        try meter.allocate(96)
        namespaces[index][attribute] = value
    }

    // MARK: - Output

    private mutating func emit(_ text: Text) throws(TemplateError) {
        try outputs[outputs.count - 1].append(text)
        if outputs.count == 1 { try meter.output(outputs[0].text.count) }
    }

    private mutating func endCapture() { stack.append(.text(outputs.removeLast().text)) }

    // MARK: - Execution

    /// Executes one instruction and gives the place of the next.
    private mutating func execute(_ instruction: Instruction, at place: Int) throws(TemplateError) -> Int {
        switch instruction {
        case .data(let index): if case .text(let text) = constants[index] { try emit(text) }
        case .emit: try emit(pop().text(meter))
        case .constant(let index): stack.append(constants[index])
        case .undefined: stack.append(.undefined("an 'if' without 'else' whose condition is false"))
        case .load(let name): stack.append(load(name))
        case .store(let name): store(name, pop())
        case .storeAttribute(let name, let attribute):
            try store(program.names[attribute], pop(), inNamespace: load(name))
        case .unpack(let count): try unpack(count)
        case .pop: _ = pop()
        case .attribute(let name): stack.append(try attribute(program.names[name], of: pop()))
        case .item:
            let key = pop()
            stack.append(try item(key, of: pop()))
        case .slice:
            let bounds = pop(3)
            stack.append(try slice(pop(), bounds))
        case .list(let count): stack.append(.list(try List(pop(count), meter)))
        case .tuple(let count): stack.append(.tuple(try List(pop(count), meter)))
        case .dictionary(let count):
            let builder = MappingBuilder(meter)
            let parts = pop(2 * count)
            for i in 0..<count { try builder.set(parts[2 * i], parts[2 * i + 1]) }
            stack.append(.mapping(try builder.finish()))
        case .not: stack.append(.bool(!pop().isTrue))
        case .negate, .plus: try applySign(instruction)
        case .binary(let operation):
            let right = pop()
            stack.append(try apply(operation, pop(), right))
        case .concatenate(let count):
            var builder = TextBuilder(meter)
            for value in pop(count) { try builder.append(value.text(meter)) }
            stack.append(.text(builder.text))
        case .compare(let comparison):
            let right = pop()
            stack.append(.bool(try compare(comparison, pop(), right)))
        case .chain(let comparison, let distance):
            let right = pop()
            guard try compare(comparison, pop(), right) else {
                stack.append(.bool(false))
                return place + distance
            }
            stack.append(right)
        case .jump(let distance): return place + distance
        case .jumpIfFalse(let distance): if !pop().isTrue { return place + distance }
        case .jumpIfFalseElsePop(let distance):
            if stack.last?.isTrue == false { return place + distance }
            _ = pop()
        case .jumpIfTrueElsePop(let distance):
            if stack.last?.isTrue == true { return place + distance }
            _ = pop()
        case .call(let shape): return try call(arguments(shape), from: place)
        case .filter(let filter, let shape):
            let arguments = arguments(shape)
            stack.append(try apply(filter, to: pop(), arguments))
        case .test(let test, let shape):
            let arguments = arguments(shape)
            stack.append(.bool(try holds(test, pop(), arguments)))
        case .beginScope: scopes.append(Scope())
        case .endScope: scopes.removeLast()
        case .beginCapture: outputs.append(TextBuilder(meter))
        case .endCapture: endCapture()
        case .beginSelection, .nextSelected, .select, .endSelection: return try runSelection(instruction, at: place)
        case .beginLoop, .nextElement, .completeBody, .endLoop: return try runLoop(instruction, at: place)
        case .macro(let index): stack.append(.macro(index))
        case .parameterGiven(let parameter, let distance):
            if let frame = frames.last, frame.given & 1 << UInt64(parameter) != 0 { return place + distance }
        case .return: return leaveMacro()
        case .fail(let index): throw program.errors[index]
        }
        return place + 1
    }

    private mutating func unpack(_ count: Int) throws(TemplateError) {
        let value = pop()
        try value.requireDefined()
        let items = try value.elements(meter)
        guard items.count == count else {
            throw TemplateError(.value, "\(items.count) values cannot be assigned to \(count) names")
        }
        stack.append(contentsOf: items.reversed())
    }

    // MARK: - Loops

    private mutating func runSelection(_ instruction: Instruction, at place: Int) throws(TemplateError) -> Int {
        switch instruction {
        case .beginSelection:
            selections.append(Selection(items: try pop().elements(meter), readsBefore: namespaceReads))
        case .nextSelected(let distance):
            selections[selections.count - 1].index += 1
            let selection = selections[selections.count - 1]
            guard selection.index < selection.items.count else { return place + distance }
            scopes.append(Scope())
            stack.append(selection.items[selection.index])
        case .select:
            let last = selections.count - 1
            if pop().isTrue { selections[last].kept.append(selections[last].items[selections[last].index]) }
            scopes.removeLast()
        default:
            let selection = selections.removeLast()
            stack.append(.list(try List(selection.kept, meter)))
            selectionReadsNamespace = namespaceReads > selection.readsBefore
        }
        return place + 1
    }

    /// Whether the selection that ended last read a namespace; the loop over it begins at once.
    private var selectionReadsNamespace = false

    private mutating func runLoop(_ instruction: Instruction, at place: Int) throws(TemplateError) -> Int {
        switch instruction {
        case .beginLoop:
            let value = pop()
            loopCount += 1
            loops.append(
                Loop(id: loopCount, items: try value.elements(meter), readsNamespace: selectionReadsNamespace))
            selectionReadsNamespace = false
        case .nextElement(let distance):
            let last = loops.count - 1
            loops[last].index += 1
            guard loops[last].index < loops[last].items.count else { return place + distance }
            scopes.append(Scope())
            if let name = loopName { store(name, .loop(loops[last].id)) }
            stack.append(loops[last].items[loops[last].index])
        case .completeBody: loops[loops.count - 1].isCompleted = true
        default: stack.append(.bool(!loops.removeLast().isCompleted))
        }
        return place + 1
    }

    private lazy var loopName: Int? = program.names.firstIndex(of: "loop")

    // MARK: - Macros

    mutating func enterMacro(_ index: Int, _ arguments: Arguments, from place: Int) throws(TemplateError) -> Int {
        let macro = program.macros[index]
        guard frames.count < meter.limits.callDepth else {
            throw Meter.exhausted("\(meter.limits.callDepth) macros that call one another", "callDepth")
        }
        let values = try arguments.bind(macro.parameterNames, for: "the macro \(macro.name.quoted)")
        var scope = Scope()
        var given: UInt64 = 0
        for (i, value) in values.enumerated() {
            scope.names.append(macro.parameters[i])
            scope.values.append(value ?? .undefined("the parameter \(macro.parameterNames[i].quoted)"))
            if value != nil { given |= 1 << UInt64(i) }
        }
        frames.append(Frame(caller: place, scopeBase: scopes.count, given: given))
        scopes.append(scope)
        outputs.append(TextBuilder(meter))
        return macro.entry
    }

    private mutating func leaveMacro() -> Int {
        endCapture()
        scopes.removeLast()
        return (frames.popLast()?.caller ?? program.code.count) + 1
    }
}
