import Testing

/// One test after the other: each has threads of its own, which would only wait for those of the others.
@Suite(.serialized) enum InterpreterTests {}
