"""Does a task to tables, in whatever process an engine made for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Optional

import pyarrow as pa

from .. import errors
from .tasks import Function, Task

if TYPE_CHECKING:
    from .checkpoint import Run

#: Rows that are tried together, and then one by one, where a row of a table fails and `on_error` is "record".
_ROWS_OF_A_TRY = 256
_ON_ERROR = ("raise", "record")


class Worker:
    """Calls of it give a table with the task's new column. With a `run` of a checkpoint they write that table instead,
    and give one of the names and the rows of the files written.

    `on_error`: with "raise" a row that fails ends the job. With "record" its result is null, and a column `error` has
    the message; what fails for any row, such as a model that is not there, ends the job all the same.
    """

    def __init__(self, task: Task, run: Optional[Run] = None, on_error: str = "raise") -> None:
        if on_error not in _ON_ERROR:
            raise errors.ArgumentError(f"on_error is {on_error!r}: use one of {', '.join(_ON_ERROR)}", "on_error")
        self.task, self.run, self.on_error = task, run, on_error
        self._function: Optional[Function] = None

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_function": None}

    def __call__(self, table: Any) -> Any:
        """A pyarrow Table, or a RecordBatch."""
        if isinstance(table, pa.RecordBatch):
            table = pa.Table.from_batches([table])
        return self.add(table) if self.run is None else self.run.write(table, self.add)

    def add(self, table: Any) -> Any:
        """The table with the new column."""
        for name in (self.task.output, *(["error"] if self.on_error == "record" else [])):
            if name in table.column_names:
                raise errors.ArgumentError(f"the input has a column {name!r} already: choose another output", "output")
        if self.task.column not in table.column_names:
            raise errors.ArgumentError(
                f"there is no column {self.task.column!r}: there are {', '.join(table.column_names)}", "column")
        column = table.column(self.task.column)
        array = column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
        if self.on_error == "raise":
            return table.append_column(self.task.output, self.function(array))
        results, messages = self._recorded(array)
        return table.append_column(self.task.output, results).append_column("error", messages)

    @property
    def function(self) -> Function:
        """The open task: opened by the process that uses it first, or its parent."""
        if self._function is None:
            self._function = self.task.open()
        return self._function

    def _recorded(self, array: Any) -> tuple[Any, Any]:
        """The results, nulls where a row fails, and the messages of those."""
        function = self.function
        results: list[Any] = []
        messages: list[Optional[str]] = []
        for start in range(0, len(array), _ROWS_OF_A_TRY):
            rows = array.slice(start, _ROWS_OF_A_TRY)
            try:
                results.append(function(rows))
                messages += [None] * len(rows)
            except errors.SwiftletError:
                for row in range(len(rows)):
                    result, message = self._tried(rows.slice(row, 1))
                    results.append(result)
                    messages.append(message)
        if not results:
            results.append(function(array))
        return pa.chunked_array(results), pa.array(messages, pa.string())

    def _tried(self, row: Any) -> tuple[Any, Optional[str]]:
        try:
            return self.function(row), None
        except (errors.CancelledError, errors.NoMemoryError):
            raise
        except errors.SwiftletError as error:
            return self.function(pa.nulls(1, row.type)), str(error)
