/// A step of the machine. Jumps are relative, so that code may be moved as a whole.
enum Instruction: Sendable {
    /// Prints a constant.
    case data(Int)
    /// Prints the top of the stack.
    case emit

    case constant(Int)
    case undefined
    case load(Int)
    case store(Int)
    /// `name.attribute = top`, for namespaces.
    case storeAttribute(name: Int, attribute: Int)
    /// Puts the elements of the top on the stack, the first one on top.
    case unpack(Int)
    case pop

    case attribute(Int)
    case item
    /// Of object, start, stop and step.
    case slice
    case list(Int)
    case tuple(Int)
    case dictionary(Int)

    case not
    case negate
    case plus
    case binary(BinaryOperator)
    case concatenate(Int)
    case compare(Comparison)
    /// A comparison within `a < b < c`: if it is false, that is the result; else `b` stays.
    case chain(Comparison, Int)

    case jump(Int)
    case jumpIfFalse(Int)
    /// Jumps and keeps the value, or drops it.
    case jumpIfFalseElsePop(Int)
    case jumpIfTrueElsePop(Int)

    /// The arguments are on the stack; the index is that of their ``CallShape``.
    case call(Int)
    case filter(Filter, shape: Int)
    case test(ValueTest, shape: Int)

    case beginScope
    case endScope
    /// Printing goes into a string, until ``endCapture`` puts that on the stack.
    case beginCapture
    case endCapture

    /// Collects the elements for which a loop's condition holds.
    case beginSelection
    case nextSelected(Int)
    case select
    case endSelection
    case beginLoop
    /// As ``beginLoop``, within code that ``enterLoop(_:)`` runs: its variable `loop` can be called, which jumps back by so
    /// much.
    case beginRecursiveLoop(Int)
    /// Takes what a recursive loop goes through from the stack, and runs the loop like a macro.
    case enterLoop(Int)
    /// Puts the next element on the stack in a scope of its own, or jumps.
    case nextElement(Int)
    /// The body came to its end.
    case completeBody
    /// Puts on the stack whether the body never came to its end.
    case endLoop

    case macro(Int)
    /// Jumps if the parameter was given; else its default follows.
    case parameterGiven(Int, Int)
    case `return`
    /// An unresolved name or feature that may never be reached.
    case fail(Int)
}

enum BinaryOperator: String, Sendable {
    case add = "+"
    case subtract = "-"
    case multiply = "*"
    case divide = "/"
    case floorDivide = "//"
    case modulo = "%"
    case power = "**"
}

enum Comparison: Sendable {
    case equal, notEqual, less, lessEqual, greater, greaterEqual, isIn, isNotIn
}

/// The arguments of a call: on the stack lie those without a name, those with one, and those that are unpacked.
struct CallShape: Sendable, Hashable {
    var positional = 0
    var keywords: [String] = []
    /// `*list`: how many arguments with names lie below it.
    var list: Int?
    /// `**dictionary`, on top.
    var hasDictionary = false
    /// The body of a `call` block, above all else.
    var hasCaller = false
    var count: Int {
        positional + keywords.count + (list == nil ? 0 : 1) + (hasDictionary ? 1 : 0) + (hasCaller ? 1 : 0)
    }
}

/// A macro or the body of a `call` block: where its code begins and what it takes.
struct MacroDefinition: Sendable {
    /// Empty for the body of a `call` block.
    let name: String
    /// Names of variables.
    let parameters: [Int]
    let parameterNames: [String]
    /// The variables of what the body asks for beside its parameters; nil where it does not.
    let caller: Int?
    let varargs: Int?
    let kwargs: Int?
    let entry: Int
}

/// A template's code.
struct Program: Sendable {
    enum Constant: Sendable, Hashable {
        case none
        case bool(Bool)
        case int(Int)
        case float(UInt64)
        case text(String)
    }

    var code: [Instruction] = []
    /// Of every instruction.
    var lines: [Int] = []
    var constants: [Constant] = []
    var names: [String] = []
    var shapes: [CallShape] = []
    var macros: [MacroDefinition] = []
    var errors: [TemplateError] = []
}
