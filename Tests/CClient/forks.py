"""Forks again and again; each child has what threads of libswiftlet want at the same time.

    forks.py LIBRARY MODEL CHILDREN

Fails unless every child's vectors are bit-identical to the parent's and come in time.
"""

import os
import signal
import sys
import threading

from embed import Embedder, Library, Model

SECONDS = 60  # of a child
TEXTS = [str(number) for number in range(1000)]  # many and short: threads hand in vectors all the time


def child(library, path, model, embedder, expected):
    """What a child does; its exit status."""
    if embedder.embed(TEXTS) != expected:
        return 1
    # Threads make what all users of a model share: one that is new and has none of it, and the parent's.
    new = Model(library, path)
    found = []

    def work(model):
        found.append(Embedder(model).embed(TEXTS[:20]) == expected[:len(expected) * 20 // len(TEXTS)])

    threads = [threading.Thread(target=work, args=(of,)) for of in (new, model, new, model)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return 0 if found == [True] * len(threads) else 1


def main():
    os.environ["SWIFTLET_NUM_THREADS"] = "4"
    library = Library(sys.argv[1])
    model = Model(library, sys.argv[2])
    embedder = Embedder(model)
    expected = embedder.embed(TEXTS)
    count = int(sys.argv[3])
    for number in range(1, count + 1):
        worker = os.fork()
        if worker == 0:
            signal.alarm(SECONDS)
            status = 1
            try:
                status = child(library, sys.argv[2], model, embedder, expected)
            finally:
                os._exit(status)
        status = os.waitpid(worker, 0)[1]
        if status != 0:
            what = f"ended by signal {status & 0x7F}" if os.WIFSIGNALED(status) else "found other vectors"
            sys.exit(f"forks.py: child {number} of {count} {what}")


main()
