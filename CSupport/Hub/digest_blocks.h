// How SHA-1 and SHA-256 cut their input into blocks of 64 bytes and pad the last (FIPS 180-4, 5.1.1).
#pragma once

#include <stdint.h>
#include <string.h>

static inline uint32_t rotated_left(uint32_t x, int count) { return x << count | x >> (32 - count); }

static inline uint32_t big_endian(const uint8_t *bytes) {
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static inline void store_big_endian(uint32_t value, uint8_t *bytes) {
    for (int i = 0; i < 4; i++) bytes[i] = (uint8_t)(value >> (24 - 8 * i));
}

typedef void add_block(uint32_t *state, const uint8_t *block);

static inline void add_bytes(
    uint32_t *state, uint8_t *pending, uint64_t *byte_count, const uint8_t *bytes, size_t count, add_block *add) {
    size_t used = *byte_count % 64;
    *byte_count += count;
    if (used) {
        size_t taken = count < 64 - used ? count : 64 - used;
        memcpy(pending + used, bytes, taken);
        bytes += taken, count -= taken;
        if (used + taken < 64) return;
        add(state, pending);
    }
    for (; count >= 64; bytes += 64, count -= 64) add(state, bytes);
    if (count) memcpy(pending, bytes, count);
}

static inline void add_padding(uint32_t *state, uint8_t *pending, uint64_t byte_count, add_block *add) {
    size_t used = byte_count % 64;
    pending[used++] = 0x80;
    if (used > 56) {
        memset(pending + used, 0, 64 - used);
        add(state, pending);
        used = 0;
    }
    memset(pending + used, 0, 56 - used);
    store_big_endian((uint32_t)(byte_count >> 29), pending + 56);
    store_big_endian((uint32_t)(byte_count << 3), pending + 60);
    add(state, pending);
}
