// The codebooks' entries (swl_codebooks.h) as bytes, the first element lowest; of IQ1 eight times what its levels stand for, signed.
#ifndef SWL_CODEBOOK_BYTES_H
#define SWL_CODEBOOK_BYTES_H

#include <stdint.h>

#pragma GCC visibility push(hidden)

extern const uint64_t swl_iq1_codebook[2048], swl_iq2_xxs_codebook[256], swl_iq2_xs_codebook[512];
extern const uint64_t swl_iq2_s_codebook[1024];
extern const uint32_t swl_iq3_xxs_codebook[256], swl_iq3_s_codebook[512];

#pragma GCC visibility pop

#endif
