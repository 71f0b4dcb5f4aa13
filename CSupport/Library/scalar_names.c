// In place of the Swift runtime's function, which reads half a megabyte of tables: nothing in the library asks for the
// names of characters (`Unicode.Scalar.Properties.name`). `install` makes the runtime's own give way.
#include <stdint.h>

intptr_t _swift_stdlib_getScalarName(uint32_t scalar, uint8_t *name, intptr_t capacity);

// How long the name is: 0 where a character has none.
intptr_t _swift_stdlib_getScalarName(uint32_t scalar, uint8_t *name, intptr_t capacity) {
    (void)scalar, (void)name, (void)capacity;
    return 0;
}
