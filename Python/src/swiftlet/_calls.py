"""Calls that can be cancelled: by Ctrl-C, by a stream that nobody reads any more, and by the interpreter's end."""

from __future__ import annotations

import _thread
import atexit
import contextlib
import ctypes
import os
import queue
import threading
import time
import weakref
from typing import Any, Callable, Generic, Iterator, Optional, TypeVar, Union

from ._library import call, lib
from .errors import CancelledError

T = TypeVar("T")
R = TypeVar("R")

#: Seconds that the interpreter's end waits for calls that it cancelled.
EXIT_SECONDS = 10.0


class Call:
    """A call that runs, or is about to: `handle` is the swiftlet_cancellation that it gets."""

    def __init__(self) -> None:
        self.handle = ctypes.c_void_p()
        call("cancellation_create", ctypes.byref(self.handle))

    def __enter__(self) -> Call:
        with _registry.lock:
            _registry.calls.add(self)
            if _registry.is_closing:
                self.cancel()
        return self

    def __exit__(self, *_: object) -> None:
        with _registry.lock:
            _registry.calls.discard(self)
            lib.swiftlet_cancellation_release(self.handle)

    def cancel(self) -> None:
        lib.swiftlet_cancellation_cancel(self.handle)


class _Registry:
    """The calls of this process."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.calls: set[Call] = set()
        self.is_closing = False

    def close(self) -> None:
        """Cancels all calls and waits for their ends: a thread must not return into an interpreter that is gone."""
        with self.lock:
            self.is_closing = True
            for running in self.calls:
                running.cancel()
        end = time.monotonic() + EXIT_SECONDS  # then the process ends whatever they do
        while self.calls and time.monotonic() < end:
            time.sleep(0.001)

    def leave(self, running: Optional[Call] = None) -> None:
        """A thread that the interpreter's end finds in a call does not go on: nobody is there for its exception."""
        if self.is_closing and threading.current_thread() is not threading.main_thread():
            if running is not None:
                with self.lock:
                    self.calls.discard(running)
            while True:
                time.sleep(3600)


_registry = _Registry()
atexit.register(lambda: _registry.close())


def _start_over() -> None:
    """In a forked child: the parent's threads are not here, nor is what they would have done."""
    global _registry
    _registry = _Registry()


os.register_at_fork(after_in_child=_start_over)


def run(body: Callable[[ctypes.c_void_p], R]) -> R:
    """Runs `body`, which makes one call with this cancellation. Python handles signals in its main thread and not
    before a C function returns: the main thread's calls run on another thread, and are cancelled by what a signal's
    handler raises."""
    with Call() as running:
        if threading.current_thread() is not threading.main_thread():
            try:
                return body(running.handle)
            except CancelledError:
                _registry.leave(running)
                raise
        outcome: list[Union[R, BaseException]] = []
        failed: list[bool] = []
        done = _thread.allocate_lock()
        done.acquire()
        ticket = [True]  # whoever takes it: the thread begins, or this one gives up before

        def work() -> None:
            if not _take(ticket):
                return
            try:
                outcome.append(body(running.handle))
            except BaseException as error:
                failed.append(True)
                outcome.append(error)
            finally:
                done.release()

        try:
            _thread.start_new_thread(work, ())
            done.acquire()
        except BaseException:
            running.cancel()
            if not _take(ticket):
                _wait(done, outcome)
            raise
        if failed:
            error = outcome.pop()
            assert isinstance(error, BaseException)
            try:
                raise error
            finally:
                del error
        return outcome.pop()  # type: ignore[return-value]


def _take(ticket: list[bool]) -> bool:
    """Whether the ticket was there: one of two threads finds it, as `pop` is atomic."""
    try:
        return ticket.pop()
    except IndexError:
        return False


def _wait(done: Any, outcome: list[Any]) -> None:
    """Waits for a cancelled call, whatever signals come: it uses memory of this one. One that has its outcome has ended,
    and may have been waited for before the signal."""
    while not outcome:
        with contextlib.suppress(BaseException):
            done.acquire()
            return


class _End:
    """The last thing in a stream's queue."""

    def __init__(self, error: Optional[BaseException]) -> None:
        self.error = error


class _Work(Generic[T, R]):
    """A stream's call on a thread. It does not know the stream, which may be dropped meanwhile."""

    def __init__(self, body: Callable[[ctypes.c_void_p, Callable[[T], bool]], R]) -> None:
        self.items: queue.SimpleQueue[Union[T, _End]] = queue.SimpleQueue()
        self.call = Call()
        self.is_wanted = True
        self.result: Optional[R] = None
        self.done = threading.Event()
        self.thread = threading.Thread(target=self.run, name="swiftlet-stream", daemon=True)
        self.body: Optional[Callable[[ctypes.c_void_p, Callable[[T], bool]], R]] = body

    def run(self) -> None:
        error: Optional[BaseException] = None
        try:
            with self.call:
                if self.body is not None and self.is_wanted:
                    self.result = self.body(self.call.handle, self.give)
        except BaseException as found:
            error = found
        self.body = None
        self.done.set()
        self.items.put(_End(error))

    def give(self, item: T) -> bool:
        self.items.put(item)
        return self.is_wanted

    def stop(self) -> None:
        if not self.done.is_set():
            self.is_wanted = False
            self.call.cancel()
            if threading.current_thread() is not self.thread:
                # What the call used is free then. With a limit: the garbage collector may come with locks held.
                self.done.wait(1)


class Stream(Iterator[T], Generic[T, R]):
    """What a call gives piece by piece while it runs on a thread of its own.

    `close()`, the end of a `with` block, an exception in `next()` such as KeyboardInterrupt, and dropping the stream
    cancel the call; `result` waits for its end.
    """

    def __init__(self, body: Callable[[ctypes.c_void_p, Callable[[T], bool]], R]) -> None:
        self._work: _Work[T, R] = _Work(body)
        self._error: Optional[BaseException] = None
        self._is_over = False
        self._finalizer = weakref.finalize(self, self._work.stop)
        self._finalizer.atexit = False  # the registry ends the calls then
        self._work.thread.start()

    def __iter__(self) -> Stream[T, R]:
        return self

    def __next__(self) -> T:
        if self._is_over:
            raise StopIteration
        try:
            item = self._work.items.get()
        except BaseException:
            self.close()
            raise
        if not isinstance(item, _End):
            return item
        self._is_over = True
        self._error = item.error
        if item.error is not None:
            _registry.leave()
            raise item.error
        raise StopIteration

    @property
    def result(self) -> R:
        """What the call returned. Waits for its end; pieces stay to be read."""
        try:
            self._work.done.wait()
        except BaseException:
            self.close()
            raise
        if self._work.result is None:
            for _ in self:
                pass
            raise self._error or RuntimeError("the call was stopped before it had a result")
        return self._work.result

    def close(self) -> None:
        """Cancels the call and waits for its end."""
        self._finalizer()
        self._work.done.wait()
        self._is_over = True

    def __enter__(self) -> Stream[T, R]:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
