"""Compares PyTorch with llama.cpp on the same questions: python check.py checkpoint.pt chat.gguf (needs llama-cpp-python)"""
import sys

from llama_cpp import Llama

import evaluate

QUESTIONS = ["What is Swiftlet?", "How do I compute embeddings?", "How do I turn speech into text?", "how do i make my model smaller", "What is 7 + 5?", "What is 6 times 7?",
             "What is the capital of France?", "What comes after Monday?", "Hello!", "What is your name?", "What is the opposite of hot?", "Does Swiftlet need Python?",
             "Which environment variable chooses the kernels?", "Who wrote Hamlet?", "How many legs does a spider have?", "Tell me a joke."]


def main(checkpoint, path):
    model, tokenizer = evaluate.load(checkpoint)
    llama = Llama(path, n_ctx=512, verbose=False)
    same = 0
    for question, ours in zip(QUESTIONS, evaluate.ask(model, tokenizer, QUESTIONS)):
        prompt = f"Q: {question}\nA:"
        assert llama.tokenize(prompt.encode(), add_bos=False, special=True) == tokenizer.encode(prompt)
        theirs = llama.create_completion(prompt, max_tokens=64, temperature=0)["choices"][0]["text"].strip()
        chat = llama.create_chat_completion([{"role": "user", "content": question}], max_tokens=64, temperature=0)
        chat = chat["choices"][0]["message"]["content"].strip()
        same += ours == theirs == chat
        print(f"Q: {question}\n   PyTorch     {ours}")
        if theirs != ours or chat != ours:
            print(f"   llama.cpp   {theirs}\n   by template {chat}")
    print(f"{same} of {len(QUESTIONS)} the same")


if __name__ == "__main__":
    main(*sys.argv[1:])
