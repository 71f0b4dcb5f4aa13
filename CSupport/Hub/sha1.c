#include "digest_blocks.h"
#include "include/swl_hub.h"

static void add(uint32_t *state, const uint8_t *block) {
    uint32_t w[80];
    for (int t = 0; t < 16; t++) w[t] = big_endian(block + 4 * t);
    for (int t = 16; t < 80; t++) w[t] = rotated_left(w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16], 1);
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3], e = state[4];
    for (int t = 0; t < 80; t++) {
        uint32_t f, k;
        if (t < 20) {
            f = (b & c) ^ (~b & d), k = 0x5a827999;
        } else if (t < 40) {
            f = b ^ c ^ d, k = 0x6ed9eba1;
        } else if (t < 60) {
            f = (b & c) ^ (b & d) ^ (c & d), k = 0x8f1bbcdc;
        } else {
            f = b ^ c ^ d, k = 0xca62c1d6;
        }
        uint32_t next = rotated_left(a, 5) + f + e + k + w[t];
        e = d, d = c, c = rotated_left(b, 30), b = a, a = next;
    }
    state[0] += a, state[1] += b, state[2] += c, state[3] += d, state[4] += e;
}

void swl_sha1_begin(swl_sha1 *digest) {
    static const uint32_t start[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
    memcpy(digest->state, start, sizeof start);
    digest->byte_count = 0;
}

void swl_sha1_add(swl_sha1 *digest, const uint8_t *bytes, size_t count) {
    add_bytes(digest->state, digest->block, &digest->byte_count, bytes, count, add);
}

void swl_sha1_end(swl_sha1 *digest, uint8_t result[20]) {
    add_padding(digest->state, digest->block, digest->byte_count, add);
    for (int i = 0; i < 5; i++) store_big_endian(digest->state[i], result + 4 * i);
}
