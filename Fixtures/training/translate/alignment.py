"""Which token of the source a token of the target stands for: IBM's first model with a preference for the diagonal, by
expectation and maximization over the pairs (Brown et al. 1993; Dyer et al. 2013). It teaches one head where to look."""
import torch

STEEPNESS = 4.0


def diagonal(targets, sources):
    """`[targets, sources]`: how likely places are before the tokens are known."""
    at = torch.arange(targets)[:, None] / max(targets, 1) - torch.arange(sources)[None] / max(sources, 1)
    return torch.exp(-STEEPNESS * at.abs())


def posterior(table, source, target):
    """`[batch, targets, sources]` of tokens `[batch, sources]`, `[batch, targets]` without padding."""
    p = table[source[:, None, :], target[:, :, None]] * diagonal(target.shape[1], source.shape[1])
    return p / p.sum(-1, keepdim=True).clamp_min(1e-30)


def translation_table(batches, vocab, rounds=5):
    """`[source, target]`: the probability that a token of the source becomes one of the target."""
    table = torch.full((vocab, vocab), 1 / vocab)
    for _ in range(rounds):
        counts = torch.full((vocab * vocab,), 1e-6)
        for source, target in batches:
            shares = posterior(table, source, target)
            cells = source[:, None, :] * vocab + target[:, :, None]
            counts.index_add_(0, cells.flatten(), shares.flatten())
        table = counts.view(vocab, vocab)
        table = table / table.sum(1, keepdim=True)
    return table
