// Reads lines from a terminal with editing, history and completion: libedit, whose functions of variable arguments Swift
// cannot call.
#ifndef SWL_LINE_EDITOR_H
#define SWL_LINE_EDITOR_H

#include <stdbool.h>
#include <stddef.h>

#pragma GCC visibility push(hidden)

typedef struct swl_line_editor swl_line_editor;

typedef enum swl_line_result {
    SWL_LINE_READ,
    SWL_LINE_END,          // Ctrl-D on an empty line, or the terminal is gone
    SWL_LINE_INTERRUPTED,  // Ctrl-C: what was typed is dropped
} swl_line_result;

// Standard input and output must be a terminal. history_path: where lines are kept between runs; NULL: nowhere. Its file
// is made readable for its owner alone. words: what Tab completes at the beginning of a line, `word_count` of them; the
// strings must live as long as the editor. Elsewhere Tab completes names of files.
// NULL when there is no memory, or the terminal cannot be set up.
swl_line_editor *swl_line_editor_open(const char *program, const char *history_path, const char *const *words,
                                      size_t word_count);
void swl_line_editor_close(swl_line_editor *editor);

// Reads one line, without the newline that ended it; pasted text may have newlines within. `line` is valid until the next
// call and has no NUL but its end. initial: what the line begins with, as if it were pasted; may be NULL.
swl_line_result swl_line_editor_read(swl_line_editor *editor, const char *prompt, const char *initial,
                                     const char **line);

// Whether the line that was read last begins with pasted text.
bool swl_line_editor_was_pasted(const swl_line_editor *editor);

// Puts a line into the history and its file.
void swl_line_editor_remember(swl_line_editor *editor, const char *line);

#pragma GCC visibility pop

#endif
