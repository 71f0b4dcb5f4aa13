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
    /// Of the block that runs.
    var scope = Scope(parent: nil)
    var frames: [Frame] = []
    var outputs: [TextBuilder]
    var loops: [Loop] = []
    var selections: [Selection] = []
    var loopCount = 0
    /// Whether the selection that ended last read a namespace; the loop over it begins at once.
    var selectionReadsNamespace = false
    private(set) lazy var loopName: Int? = program.names.firstIndex(of: "loop")
    /// Every macro that was defined, with the variables that it sees.
    var closures: [Closure] = []
    var cyclers: [Cycler] = []
    var joiners: [Joiner] = []
    private(set) var namespaces: [[String: Value]] = []
    /// How often a namespace's attribute was read.
    private(set) var namespaceReads = 0
    /// Filters that apply filters.
    var filterDepth = 0

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

    mutating func arguments(_ index: Int) throws(TemplateError) -> Arguments {
        let shape = program.shapes[index]
        let values = pop(shape.count)
        var arguments = Arguments(positional: Array(values.prefix(shape.positional)), names: shape.keywords)
        var named = values[shape.positional...]
        if shape.hasCaller, let caller = named.popLast() {
            arguments.names.append("caller")
            arguments.named = [caller]
        }
        let dictionary = shape.hasDictionary ? named.popLast() : nil
        if let place = shape.list {
            try arguments.positional += named.remove(at: named.startIndex + place).elements(meter)
        }
        arguments.named = named + arguments.named
        guard let dictionary else { return arguments }
        guard case .mapping(let mapping) = dictionary else {
            throw TemplateError(.type, "'**' in a call needs a dictionary, not \(dictionary.typeName)")
        }
        try meter.work(mapping.count)
        for place in mapping.keys.indices {
            let name = try mapping.keys[place].expectText("the name of an argument").string
            guard !arguments.names.contains(name) else {
                throw TemplateError(.value, "the argument \(name.quoted) is given twice")
            }
            guard arguments.names.count < 64 else { throw .unsupported("a call with 64 arguments or more") }
            arguments.names.append(name)
            arguments.named.append(mapping.values[place])
        }
        return arguments
    }

    // MARK: - Variables

    private func load(_ name: Int) -> Value { scope.value(name) ?? globals[name] }

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

    mutating func emit(_ text: Text) throws(TemplateError) {
        try outputs[outputs.count - 1].append(text)
        if outputs.count == 1 { try meter.output(outputs[0].text.count) }
    }

    mutating func endCapture() { stack.append(.text(outputs.removeLast().text)) }

    // MARK: - Execution

    /// Executes one instruction and gives the place of the next.
    private mutating func execute(_ instruction: Instruction, at place: Int) throws(TemplateError) -> Int {
        switch instruction {
        case .data(let index): if case .text(let text) = constants[index] { try emit(text) }
        case .emit: try emit(pop().text(meter))
        case .constant(let index): stack.append(constants[index])
        case .undefined: stack.append(.undefined("an 'if' without 'else' whose condition is false"))
        case .load(let name): stack.append(load(name))
        case .store(let name): scope.store(name, pop())
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
            let arguments = try arguments(shape)
            stack.append(try apply(filter, to: pop(), arguments))
        case .test(let test, let shape):
            let arguments = try arguments(shape)
            stack.append(.bool(try holds(test, pop(), arguments)))
        case .beginScope: scope = Scope(parent: scope)
        case .endScope: leaveScope()
        case .beginCapture: outputs.append(TextBuilder(meter))
        case .endCapture: endCapture()
        case .beginSelection, .nextSelected, .select, .endSelection: return try runSelection(instruction, at: place)
        case .beginLoop, .beginRecursiveLoop, .nextElement, .completeBody, .endLoop:
            return try runLoop(instruction, at: place)
        case .enterLoop(let distance):
            try enter(Frame(caller: place, scope: scope))
            return place + distance
        case .macro(let index): stack.append(try define(index))
        case .parameterGiven(let parameter, let distance):
            if let frame = frames.last, frame.given & 1 << UInt64(parameter) != 0 { return place + distance }
        case .return: return leaveFrame()
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
}
