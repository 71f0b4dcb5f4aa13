"""Asks the model questions it was not trained on and prints the share of right answers: python evaluate.py [checkpoint.pt]"""
import random
import sys
from collections import defaultdict
from pathlib import Path

import torch

import corpus
import heldout
from bpe import Tokenizer
from model import Config, Llama, greedy

DIALOGUES = [
    ["Hello!", "What is your name?", "What is Swiftlet?", "How do I compute embeddings with it?", "Thanks, bye!"],
    ["My name is Emma.", "What is 7 + 8?", "What is the capital of Italy?", "And of Spain?", "What is my name?"],
    ["Hi", "How can I turn a recording into text?", "Does it need the internet?", "Tell me a joke."],
]


def answers(model, tokenizer, prompts, limit=64):
    end = tokenizer.id_of[corpus.END]
    out = []
    for i in range(0, len(prompts), 64):
        group = [tokenizer.encode(p) for p in prompts[i:i + 64]]
        out += [tokenizer.decode(ids).strip() for ids in greedy(model, group, end, limit)]
    return out


def ask(model, tokenizer, questions):
    return answers(model, tokenizer, [f"Q: {q}\nA:" for q in questions])


def report(model, tokenizer, each=60):
    model.eval()
    print("\nQuestions written by hand (the answer must contain the expected words):")
    right, wrong = defaultdict(list), []
    for (kind, question, expected), answer in zip(heldout.QUESTIONS, ask(model, tokenizer, [q for _, q, _ in heldout.QUESTIONS])):
        good = expected.lower() in answer.lower()
        right[kind].append(good)
        if not good:
            wrong.append(f"  {question} -> {answer}   (expected: {expected})")
    table(right)
    print("\n".join(wrong))

    print("\nQuestions from the templates, held back by checksum (the answer must be exact):")
    rng = random.Random(99)
    turns = [t for kind in corpus.MAKERS for t in distinct(rng, kind, each)]
    right, wrong = defaultdict(list), []
    for (kind, question, expected), answer in zip(turns, ask(model, tokenizer, [q for _, q, _ in turns])):
        right[kind].append(answer == expected)
        if answer != expected:
            wrong.append(f"  {question} -> {answer}   (expected: {expected})")
    table(right)
    print("\n".join(wrong[:30]))

    print("\nConversations:")
    for questions in DIALOGUES:
        text = ""
        for question in questions:
            text += f"Q: {question}\nA:"
            answer = answers(model, tokenizer, [text])[0]
            text += f" {answer}{corpus.END}\n"
        print(text.replace(corpus.END, ""))


def distinct(rng, kind, count):
    """Up to `count` held-back turns of one kind, no two of which differ in marks and capitals only."""
    found = {}
    for _ in range(5 * count):
        turn = corpus.turn(rng, kind, held=True)
        if corpus.normalized(turn[1]) not in corpus.HELD:
            found.setdefault(corpus.normalized(turn[1]), turn)
    return list(found.values())[:count]


def table(right):
    for kind, marks in right.items():
        print(f"  {kind:8} {sum(marks)} of {len(marks)}")
    marks = [m for part in right.values() for m in part]
    print(f"  {'all':8} {sum(marks)} of {len(marks)} ({100 * sum(marks) / len(marks):.1f} %)")


def load(path):
    saved = torch.load(path, weights_only=True)
    model = Llama(Config(**saved["config"]))
    model.load_state_dict(saved["weights"])
    return model.eval(), Tokenizer(saved["merges"], saved["specials"])


if __name__ == "__main__":
    report(*load(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).resolve().parent / "checkpoint.pt"))
