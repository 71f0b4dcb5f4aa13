// asprintf
#define _GNU_SOURCE
#include "include/swl_line_editor.h"

#include <fcntl.h>
#include <histedit.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

enum { HISTORY_LINES = 1000 };

struct swl_line_editor {
    EditLine *edit;
    History *history;
    char *history_path;
    const char *const *words;
    size_t word_count;
    const char *prompt;
    char *line;
    // The first word that was pasted at the line's beginning; NULL where none was.
    char *pasted_word;
    bool interrupted;
};

static swl_line_editor *editor_of(EditLine *edit) {
    swl_line_editor *editor = NULL;
    el_get(edit, EL_CLIENTDATA, &editor);
    return editor;
}

static char *prompt_of(EditLine *edit) { return (char *)editor_of(edit)->prompt; }

// MARK: - Keys

static unsigned char interrupt(EditLine *edit, int key) {
    (void)key;
    editor_of(edit)->interrupted = true;
    return CC_EOF;
}

static unsigned char suspend(EditLine *edit, int key) {
    (void)key;
    el_set(edit, EL_PREP_TERM, 0);
    kill(0, SIGTSTP);
    el_set(edit, EL_PREP_TERM, 1);
    return CC_REDISPLAY;
}

// Whether the cursor is in the first word, with nothing before it.
static bool completes_word(const LineInfo *info) {
    if (info->buffer == info->cursor || info->buffer[0] != '/') return false;
    return memchr(info->buffer, ' ', (size_t)(info->cursor - info->buffer)) == NULL;
}

static unsigned char complete(EditLine *edit, int key) {
    const swl_line_editor *editor = editor_of(edit);
    const LineInfo *info = el_line(edit);
    if (!completes_word(info)) return _el_fn_complete(edit, key);
    size_t typed = (size_t)(info->cursor - info->buffer), matches = 0, common = 0;
    const char *match = NULL;
    for (size_t i = 0; i < editor->word_count; i++) {
        const char *word = editor->words[i];
        if (strncmp(word, info->buffer, typed) != 0) continue;
        if (!match) common = strlen(word);
        for (size_t c = 0; match && c < common; c++) {
            if (match[c] != word[c]) common = c;
        }
        match = word;
        matches++;
    }
    if (matches == 0) return CC_REFRESH_BEEP;
    if (common > typed) {
        char *rest = strndup(match + typed, common - typed);
        if (!rest) return CC_ERROR;
        el_insertstr(edit, rest);
        free(rest);
    }
    if (matches == 1) {
        el_insertstr(edit, " ");
        return CC_REFRESH;
    }
    fputc('\n', stdout);
    for (size_t i = 0; i < editor->word_count; i++) {
        if (strncmp(editor->words[i], match, common) == 0) printf("%s  ", editor->words[i]);
    }
    fputc('\n', stdout);
    return CC_REDISPLAY;
}

// The length of the text up to the first white space.
static size_t first_word(const char *text) { return strcspn(text, " \t\n"); }

// Notes what the line begins with after a paste at its beginning.
static void note_paste(EditLine *edit) {
    swl_line_editor *editor = editor_of(edit);
    const LineInfo *info = el_line(edit);
    char *text = strndup(info->buffer, (size_t)(info->lastchar - info->buffer));
    free(editor->pasted_word);
    editor->pasted_word = text;
    if (text) text[first_word(text)] = 0;
}

// Bracketed paste: the terminal sends pasted text between ESC [ 200 ~, the key that this is bound to, and ESC [ 201 ~.
// Newlines in it are part of the line.
static unsigned char paste(EditLine *edit, int key) {
    (void)key;
    static const wchar_t end[] = L"\033[201~";
    enum { END = sizeof end / sizeof *end - 1 };
    size_t count = 0, capacity = 4096;
    wchar_t *text = malloc(capacity * sizeof *text), next;
    while (text && el_wgetc(edit, &next) == 1) {
        if (count + 1 >= capacity) {
            wchar_t *larger = realloc(text, 2 * capacity * sizeof *text);
            if (!larger) break;
            text = larger;
            capacity *= 2;
        }
        text[count++] = next == L'\r' ? L'\n' : next == 0 ? L' ' : next;
        if (count >= END && wmemcmp(text + count - END, end, END) == 0) {
            count -= END;
            break;
        }
    }
    if (!text) return CC_ERROR;
    text[count] = 0;
    const LineInfo *info = el_line(edit);
    bool begins_line = info->cursor == info->buffer;
    int failed = count > 0 && el_winsertstr(edit, text) != 0;
    free(text);
    if (begins_line && count > 0 && !failed) note_paste(edit);
    return failed ? CC_ERROR : CC_REFRESH;
}

static void bind_keys(EditLine *edit) {
    el_set(edit, EL_EDITOR, "emacs");
    // Ctrl-C and Ctrl-Z come as keys, not as signals, while a line is edited.
    el_set(edit, EL_SETTY, "-d", "-isig", NULL);
    el_set(edit, EL_ADDFN, "swl-interrupt", "drop the line", interrupt);
    el_set(edit, EL_ADDFN, "swl-suspend", "stop the program", suspend);
    el_set(edit, EL_ADDFN, "swl-complete", "complete a command or a file's name", complete);
    el_set(edit, EL_ADDFN, "swl-paste", "insert pasted text", paste);
    el_set(edit, EL_BIND, "^C", "swl-interrupt", NULL);
    el_set(edit, EL_BIND, "^Z", "swl-suspend", NULL);
    el_set(edit, EL_BIND, "^I", "swl-complete", NULL);
    el_set(edit, EL_BIND, "\033[200~", "swl-paste", NULL);
    el_set(edit, EL_BIND, "^R", "em-inc-search-prev", NULL);
    el_set(edit, EL_BIND, "\033[1;5C", "em-next-word", NULL);
    el_set(edit, EL_BIND, "\033[1;5D", "ed-prev-word", NULL);
    el_set(edit, EL_BIND, "\033[3~", "ed-delete-next-char", NULL);
    el_set(edit, EL_BIND, "\033[H", "ed-move-to-beg", NULL);
    el_set(edit, EL_BIND, "\033[F", "ed-move-to-end", NULL);
}

// MARK: - The editor

// libedit reads characters by the locale's encoding. The host's locale is used if it is UTF-8.
static void choose_encoding(void) {
    setlocale(LC_CTYPE, "");
    if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0) setlocale(LC_CTYPE, "C.UTF-8");
}

swl_line_editor *swl_line_editor_open(const char *program, const char *history_path, const char *const *words,
                                      size_t word_count) {
    choose_encoding();
    swl_line_editor *editor = calloc(1, sizeof *editor);
    if (!editor) return NULL;
    editor->words = words;
    editor->word_count = word_count;
    editor->history = history_init();
    editor->edit = el_init(program, stdin, stdout, stderr);
    editor->history_path = history_path ? strdup(history_path) : NULL;
    if (!editor->edit || !editor->history || (history_path && !editor->history_path)) {
        swl_line_editor_close(editor);
        return NULL;
    }
    HistEvent event;
    history(editor->history, &event, H_SETSIZE, HISTORY_LINES);
    history(editor->history, &event, H_SETUNIQUE, 1);
    if (editor->history_path) history(editor->history, &event, H_LOAD, editor->history_path);
    el_set(editor->edit, EL_CLIENTDATA, editor);
    el_set(editor->edit, EL_PROMPT_ESC, prompt_of, '\1');
    el_set(editor->edit, EL_HIST, history, editor->history);
    el_set(editor->edit, EL_SIGNAL, 1);
    bind_keys(editor->edit);
    return editor;
}

void swl_line_editor_close(swl_line_editor *editor) {
    if (!editor) return;
    if (editor->edit) el_end(editor->edit);
    if (editor->history) history_end(editor->history);
    free(editor->history_path);
    free(editor->line);
    free(editor->pasted_word);
    free(editor);
}

// Asks the terminal to mark pasted text, or no longer to.
static void mark_pastes(bool on) {
    fputs(on ? "\033[?2004h" : "\033[?2004l", stdout);
    fflush(stdout);
}

swl_line_result swl_line_editor_read(swl_line_editor *editor, const char *prompt, const char *initial,
                                     const char **line) {
    int count = 0;
    editor->prompt = prompt;
    editor->interrupted = false;
    free(editor->pasted_word);
    editor->pasted_word = NULL;
    // As a paste, so that its newlines do not end the line.
    char *typed = NULL;
    if (initial && *initial && asprintf(&typed, "\033[200~%s\033[201~", initial) > 0) {
        el_push(editor->edit, typed);
        free(typed);
    }
    mark_pastes(true);
    const char *text = el_gets(editor->edit, &count);
    mark_pastes(false);
    if (editor->interrupted) {
        fputs("^C\n", stdout);
        fflush(stdout);
        return SWL_LINE_INTERRUPTED;
    }
    if (!text || count <= 0) return SWL_LINE_END;
    free(editor->line);
    editor->line = strdup(text);
    if (!editor->line) return SWL_LINE_END;
    size_t length = strlen(editor->line);
    if (length > 0 && editor->line[length - 1] == '\n') editor->line[length - 1] = 0;
    *line = editor->line;
    return SWL_LINE_READ;
}

bool swl_line_editor_was_pasted(const swl_line_editor *editor) {
    if (!editor->line || !editor->pasted_word) return false;
    size_t length = strlen(editor->pasted_word);
    return first_word(editor->line) == length && strncmp(editor->line, editor->pasted_word, length) == 0;
}

void swl_line_editor_remember(swl_line_editor *editor, const char *line) {
    HistEvent event;
    history(editor->history, &event, H_ENTER, line);
    if (!editor->history_path) return;
    int descriptor = open(editor->history_path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor >= 0) close(descriptor);
    history(editor->history, &event, H_SAVE, editor->history_path);
}
