// Runs all checks for the tables named on the command line, or for all that this CPU can run.
#include <stdio.h>

#include "kernel_checks.h"

static int passed, failed;

static void count(int result, const char *message) {
    if (result == 0) {
        passed++;
    } else {
        failed++;
        printf("FAILED %s\n", message);
    }
    fflush(stdout);
}

static void check_isa(const char *isa) {
    char message[512];
    printf("%s\n", isa);
    for (size_t i = 0; swl_checkable_format(i) >= 0; i++) {
        count(swl_check_products(isa, swl_checkable_format(i), message, sizeof message), message);
        count(swl_check_unpack(isa, swl_checkable_format(i), message, sizeof message), message);
    }
    for (size_t i = 0; i < swl_check_count(); i++) count(swl_check_run(i, isa, message, sizeof message), message);
}

int main(int argc, char **argv) {
    for (int i = 1; i < argc; i++) check_isa(argv[i]);
    for (size_t i = 0; argc == 1 && swl_checkable_isa(i); i++) check_isa(swl_checkable_isa(i));
    printf("%d passed, %d failed\n", passed, failed);
    return failed > 0;
}
