internal import Tensors

/// One architecture: reads its hyperparameters, states its stages.
///
/// A family is a file in `Families` and a line in ``Families``.
package protocol ModelFamily: Sendable {
    /// The values of `general.architecture` that it serves.
    static var architectures: [String] { get }

    /// What models of one of its architectures do.
    static func kind(of architecture: String) -> ModelKind

    /// Its transformers, in the order in which data passes them: a decoder, an encoder, or an encoder and a decoder that
    /// attends to its result.
    var stages: [any Stage] { get }

    init(_ hyperparameters: Hyperparameters) throws(ModelError)

    /// What code outside of the family needs to know of a file's model.
    func traits(_ weights: TensorScope) throws(ModelError) -> ModelTraits
}

extension ModelFamily {
    package static func kind(of architecture: String) -> ModelKind { .decoder }

    package func traits(_ weights: TensorScope) -> ModelTraits { ModelTraits() }
}

/// A family of one stage is that stage.
extension ModelFamily where Self: Stage {
    package var stages: [any Stage] { [self] }
}

/// What differs between families and is no part of their graphs.
package struct ModelTraits: Sendable {
    /// The state that a classifier of an encoder reads.
    package enum ClassifierPooling: Sendable {
        case first, mean
    }

    /// Where the file does not say.
    package var classifierPooling = ClassifierPooling.first
    /// Between the two products of a classifier's head.
    var classifierActivation = Activation.tanh
    /// Of the head for masked tokens.
    var headActivation = Activation.gelu
    /// Of the heads for masked tokens and classes.
    var headNorm: Norm?
    /// Whether a speech model that has tokens for other languages knows English alone.
    package var knowsOnlyEnglish = false
    /// Whether a text-to-text model is told in words, in front of the text, what to do with it.
    package var isInstructedByText = false
}
