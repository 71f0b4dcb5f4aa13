// The checks as a program, for `-fsanitize=thread`; exits with 1 when one failed.
#include <stdio.h>

#include "thread_checks.h"

#if !defined(__has_feature)
#define __has_feature(name) 0
#endif

// The thread sanitizer cannot follow a process of several threads into its child.
#if defined(__SANITIZE_THREAD__) || __has_feature(thread_sanitizer)
#define CAN_FORK 0
#else
#define CAN_FORK 1
#endif

// The address sanitizer ends a process whose address space is used up.
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#define CAN_LIMIT_SPACE 0
#else
#define CAN_LIMIT_SPACE CAN_FORK
#endif

static int passed, failed;

static void expect(const char *name, bool right) {
    if (right) {
        passed++;
    } else {
        failed++;
        printf("FAILED: %s\n", name);
    }
}

#define EXPECT(check) expect(#check, check)

int main(void) {
    EXPECT(check_rounds(1, 1000));
    EXPECT(check_rounds(2, 20000));
    EXPECT(check_rounds(3, 2000));
    EXPECT(check_rounds(16, 300));
    EXPECT(check_callers(4, 2, 500));
    EXPECT(check_callers(3, 5, 100));
    EXPECT(check_cycles(2, 500));
    EXPECT(check_cycles(7, 100));
    EXPECT(check_signals());
    EXPECT(check_turns(2, 20000));
    EXPECT(check_turns(9, 3000));
    EXPECT(check_sections(2, 400000));
    EXPECT(check_sections(9, 40000));
#if CAN_FORK
#ifndef SWL_PORTABLE  // it counts threads by name, and has no name from POSIX
    EXPECT(check_lazy_start(5));
#endif
    EXPECT(check_fork(2));
    EXPECT(check_fork(9));
    EXPECT(check_fork_during_runs(2, 100));
    EXPECT(check_fork_during_runs(6, 50));
    EXPECT(check_turn_in_child());
    EXPECT(check_fork_during_sections(3, 200));
#endif
#if CAN_LIMIT_SPACE
    EXPECT(check_refused_threads());
#endif
    printf("%d passed, %d failed\n", passed, failed);
    return failed == 0 ? 0 : 1;
}
