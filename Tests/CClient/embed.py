"""Embeds the lines of a file through libswiftlet by ctypes: from one thread, from several, and from forked workers.

    embed.py LIBRARY MODEL LINES

Writes the vectors to standard output, float32 after float32. Fails unless all of them are bit-identical.
"""

import ctypes
import multiprocessing
import sys
import threading

SECONDS = 120  # in which a worker must have answered


class Texts(ctypes.Structure):
    _fields_ = [
        ("struct_size", ctypes.c_uint32),
        ("reserved", ctypes.c_uint32),
        ("count", ctypes.c_uint64),
        ("strings", ctypes.POINTER(ctypes.c_char_p)),
        ("data", ctypes.c_char_p),
        ("data_size", ctypes.c_uint64),
        ("offsets32", ctypes.POINTER(ctypes.c_int32)),
        ("offsets64", ctypes.POINTER(ctypes.c_int64)),
    ]


class Library:
    def __init__(self, path):
        self.library = ctypes.CDLL(path)
        handle, error = ctypes.c_void_p, ctypes.POINTER(ctypes.c_void_p)
        self.library.swiftlet_error_message.argtypes = [handle]
        self.library.swiftlet_error_message.restype = ctypes.c_char_p
        self.library.swiftlet_model_open.argtypes = [ctypes.c_char_p, handle, error, error]
        self.library.swiftlet_embedder_open.argtypes = [handle, handle, error, error]
        self.library.swiftlet_embed.argtypes = [
            handle, ctypes.POINTER(Texts), handle, ctypes.POINTER(ctypes.c_float), ctypes.c_size_t,
            ctypes.POINTER(ctypes.c_size_t), error]
        for kind in "model", "embedder", "error":
            getattr(self.library, f"swiftlet_{kind}_release").argtypes = [handle]
            getattr(self.library, f"swiftlet_{kind}_release").restype = None

    def __getattr__(self, name):
        """A function that raises the library's message where the call fails."""
        function = getattr(self.library, "swiftlet_" + name)

        def call(*arguments):
            error = ctypes.c_void_p()
            if function(*arguments, ctypes.byref(error)) != 0:
                message = self.library.swiftlet_error_message(error).decode()
                self.library.swiftlet_error_release(error)
                raise RuntimeError(message)

        return call


class Model:
    def __init__(self, library, path):
        self.library = library
        self.handle = ctypes.c_void_p()
        library.model_open(path.encode(), None, ctypes.byref(self.handle))

    def __del__(self):
        self.library.library.swiftlet_model_release(self.handle)


class Embedder:
    def __init__(self, model):
        self.library = model.library
        self.handle = ctypes.c_void_p()
        self.library.embedder_open(model.handle, None, ctypes.byref(self.handle))

    def __del__(self):
        self.library.library.swiftlet_embedder_release(self.handle)

    def embed(self, texts):
        encoded = [text.encode() for text in texts]
        offsets = [0]
        for text in encoded:
            offsets.append(offsets[-1] + len(text))
        data = b"".join(encoded)
        given = Texts(
            struct_size=ctypes.sizeof(Texts), count=len(texts), data=data, data_size=len(data),
            offsets32=(ctypes.c_int32 * len(offsets))(*offsets))
        needed = ctypes.c_size_t()
        self.library.embed(self.handle, given, None, None, 0, ctypes.byref(needed))
        vectors = (ctypes.c_float * needed.value)()
        self.library.embed(self.handle, given, None, vectors, needed.value, None)
        return bytes(vectors)


def main():
    library = Library(sys.argv[1])
    embedder = Embedder(Model(library, sys.argv[2]))
    with open(sys.argv[3], encoding="utf-8") as file:
        texts = file.read().splitlines()
    expected = embedder.embed(texts)

    # ctypes lets other threads run during a call.
    found = [None] * 4

    def work(index):
        found[index] = embedder.embed(texts)

    threads = [threading.Thread(target=work, args=(index,)) for index in range(len(found))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if any(vectors != expected for vectors in found):
        sys.exit("embed.py: threads found other vectors")

    # Workers that are forked after the library ran use the parent's embedder, and one of their own.
    def child(sender):
        sender.send((embedder.embed(texts), Embedder(Model(library, sys.argv[2])).embed(texts)))

    context = multiprocessing.get_context("fork")
    workers = []
    for _ in range(3):
        receiver, sender = context.Pipe(duplex=False)
        worker = context.Process(target=child, args=(sender,), daemon=True)
        worker.start()
        sender.close()  # so that a worker's end is the pipe's
        workers.append((worker, receiver))
    for worker, receiver in workers:
        if not receiver.poll(SECONDS):
            sys.exit(f"embed.py: a forked worker has not answered for {SECONDS} seconds")
        try:
            answer = receiver.recv()
        except EOFError:
            sys.exit("embed.py: a forked worker ended without an answer")
        if set(answer) != {expected}:
            sys.exit("embed.py: forked workers found other vectors")
        worker.join(SECONDS)
        if worker.exitcode != 0:
            sys.exit("embed.py: a forked worker has not ended well")
    sys.stdout.buffer.write(expected)


if __name__ == "__main__":
    main()
