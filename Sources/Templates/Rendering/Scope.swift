/// Variables of a block, and the blocks around it in the source.
///
/// A macro keeps the scope that it was defined in. Values refer to macros by number, so that scopes never hold themselves.
final class Scope {
    let parent: Scope?
    private var names: [Int] = []
    private var values: [Value] = []

    init(parent: Scope?) { self.parent = parent }

    /// The value of a variable in this block or one around it.
    func value(_ name: Int) -> Value? {
        var scope: Scope? = self
        while let current = scope {
            if let place = current.names.lastIndex(of: name) { return current.values[place] }
            scope = current.parent
        }
        return nil
    }

    func store(_ name: Int, _ value: Value) {
        if let place = names.lastIndex(of: name) {
            values[place] = value
        } else {
            names.append(name)
            values.append(value)
        }
    }
}

/// A macro, or the body of a `call` block, that was defined while rendering.
struct Closure {
    /// Of the program's macros.
    let definition: Int
    let scope: Scope
}

/// A macro or a turn of a recursive loop that is running.
struct Frame {
    /// The place of the call.
    let caller: Int
    /// To go on with when it ends.
    let scope: Scope
    /// A bit for every parameter that was given.
    var given: UInt64 = 0
    /// Of a recursive loop: how many turns of it are around it.
    var depth = 0
}
