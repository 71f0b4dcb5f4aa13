// Lets a linker leave out what nothing refers to: release_sections IN OUT.
//
// Swift's compiler marks each public function and its data as to be kept (SHF_GNU_RETAIN), as it cannot know that a
// library is going to hide them. This copies an archive of 64-bit ELF objects without those marks. Sections named
// swift5_* keep theirs: the runtime finds the records in them by no reference at all.
#include <ar.h>
#include <elf.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef SHF_GNU_RETAIN
#define SHF_GNU_RETAIN (1 << 21)
#endif

static void fail(const char *what) {
    fprintf(stderr, "release_sections: %s\n", what);
    exit(1);
}

// The `count` elements of `size` bytes at `offset` of an object.
static void *part(char *object, size_t object_size, size_t offset, size_t count, size_t size) {
    if (offset > object_size || count > (object_size - offset) / size) fail("an object is cut short");
    return object + offset;
}

static void release(char *object, size_t size) {
    Elf64_Ehdr header;
    memcpy(&header, part(object, size, 0, 1, sizeof header), sizeof header);
    if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_shentsize != sizeof(Elf64_Shdr))
        fail("an object is no 64-bit ELF");
    // More sections than 16 bits count are counted in the first one.
    Elf64_Shdr first;
    memcpy(&first, part(object, size, header.e_shoff, 1, sizeof first), sizeof first);
    size_t count = header.e_shnum ? header.e_shnum : first.sh_size;
    size_t strings = header.e_shstrndx == SHN_XINDEX ? first.sh_link : header.e_shstrndx;
    char *sections = part(object, size, header.e_shoff, count, sizeof(Elf64_Shdr));
    if (strings >= count) fail("an object has no names of sections");
    Elf64_Shdr names;
    memcpy(&names, sections + strings * sizeof names, sizeof names);
    const char *text = part(object, size, names.sh_offset, names.sh_size, 1);

    for (size_t index = 0; index < count; index++) {
        Elf64_Shdr section;
        memcpy(&section, sections + index * sizeof section, sizeof section);
        if (!(section.sh_flags & SHF_GNU_RETAIN)) continue;
        if (section.sh_name >= names.sh_size) fail("a section has no name");
        if (strncmp(text + section.sh_name, "swift5_", strlen("swift5_")) == 0) continue;
        section.sh_flags &= ~(Elf64_Xword)SHF_GNU_RETAIN;
        memcpy(sections + index * sizeof section, &section, sizeof section);
    }
}

int main(int count, char **arguments) {
    if (count != 3) fail("usage: release_sections IN OUT");
    FILE *in = fopen(arguments[1], "rb");
    if (!in || fseek(in, 0, SEEK_END) != 0) fail("cannot read the archive");
    long length = ftell(in);
    rewind(in);
    char *archive = length > SARMAG ? malloc((size_t)length) : NULL;
    if (!archive || fread(archive, 1, (size_t)length, in) != (size_t)length) fail("cannot read the archive");
    fclose(in);
    if (memcmp(archive, ARMAG, SARMAG) != 0) fail("this is no archive");

    size_t size = (size_t)length, offset = SARMAG;
    while (offset + sizeof(struct ar_hdr) <= size) {
        char digits[sizeof ((struct ar_hdr *)0)->ar_size + 1] = {0};
        memcpy(digits, archive + offset + offsetof(struct ar_hdr, ar_size), sizeof digits - 1);
        size_t member = strtoull(digits, NULL, 10);
        offset += sizeof(struct ar_hdr);
        if (member > size - offset) fail("the archive is cut short");
        if (member > SELFMAG && memcmp(archive + offset, ELFMAG, SELFMAG) == 0) release(archive + offset, member);
        offset += member + member % 2;
    }

    FILE *out = fopen(arguments[2], "wb");
    if (!out || fwrite(archive, 1, size, out) != size || fclose(out) != 0) fail("cannot write the archive");
    free(archive);
    return 0;
}
