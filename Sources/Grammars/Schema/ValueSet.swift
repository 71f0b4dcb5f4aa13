/// A conjunction of schemas, by number: the values that all of them have. Equal conjunctions have equal numbers.
struct SchemaTerm: Hashable, Sendable {
    let index: Int

    /// Every value.
    static let all = SchemaTerm(index: 0)
    /// No value.
    static let none = SchemaTerm(index: 1)
}

/// Values of all types: listed ones and, type by type, the union of shapes.
struct ValueSet: Sendable {
    /// Values that stand for themselves; `null`, `true` and `false` always do.
    var literals: [Literal] = []
    var numbers: [NumberRange] = []
    var texts: [TextShape] = []
    var arrays: [ArrayShape] = []
    var objects: [ObjectShape] = []

    static let all = ValueSet(
        literals: [.null] + Literal.booleans, numbers: [.all], texts: [.all], arrays: [.all], objects: [.all])

    var isEmpty: Bool {
        literals.isEmpty && numbers.isEmpty && texts.isEmpty && arrays.isEmpty && objects.isEmpty
    }

    /// Those of some types.
    mutating func keep(_ types: Set<JSONType>) {
        literals.removeAll { !types.contains($0.type) }
        if !types.contains(.number) { numbers = [] }
        if !types.contains(.string) { texts = [] }
        if !types.contains(.array) { arrays = [] }
        if !types.contains(.object) { objects = [] }
    }

    /// Adds the values of another set.
    mutating func formUnion(_ other: ValueSet) {
        append(other.literals, to: &literals)
        append(other.numbers, to: &numbers)
        append(other.texts, to: &texts)
        append(other.arrays, to: &arrays)
        append(other.objects, to: &objects)
    }

    private func append<Shape: Hashable>(_ new: [Shape], to shapes: inout [Shape]) {
        guard !new.isEmpty else { return }
        var known = Set(shapes)
        for shape in new where known.insert(shape).inserted { shapes.append(shape) }
    }

    /// Shapes and values in all.
    var count: Int { literals.count + numbers.count + texts.count + arrays.count + objects.count }
}

/// Strings of a language, of a length.
///
/// A `format` is written in a common form only (`inner`), while all of its texts are known to lie within a larger
/// language (`outer`). To take a set away, the outer language of its strings is taken away.
struct TextShape: Hashable, Sendable {
    var inner = TextLanguages.all
    var outer = TextLanguages.all
    var minLength = 0
    var maxLength: Int?

    static let all = TextShape()
}

/// Arrays: the schemas of the first items, of those after them, and how many there may be.
struct ArrayShape: Hashable, Sendable {
    var prefix: [SchemaTerm] = []
    var rest = SchemaTerm.all
    var minCount = 0
    var maxCount: Int?
    var isUnique = false

    static let all = ArrayShape()

    /// The schema of an item.
    func item(_ index: Int) -> SchemaTerm { index < prefix.count ? prefix[index] : rest }
}

/// Objects: the schemas of listed members, of members by the language of their name, and which must be there.
struct ObjectShape: Hashable, Sendable {
    struct Property: Hashable, Sendable {
        var name: ExactText
        var value: SchemaTerm
    }

    /// Members that are not listed, by their names. The languages of an object exclude each other, and between them
    /// have every name; names that are listed are not taken from here.
    struct NameClass: Hashable, Sendable {
        var names = TextLanguages.all
        var value = SchemaTerm.all
        /// The schema speaks of such members, so that they are written.
        var isAsked = false
    }

    var properties: [Property] = []
    var classes = [NameClass()]
    /// In the order in which the schema requires them.
    var required: [ExactText] = []
    var minCount = 0
    var maxCount: Int?

    static let all = ObjectShape()
}
