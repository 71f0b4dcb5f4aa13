// One lock of the process, for sections of some instructions: to look something up, to put something in.
//
// A fork waits until no thread is within, so that no child inherits a section half done; what sections protect is whole
// in it. That takes a lock which all of them share: a fork cannot know the others.
#ifndef SWL_SECTION_H
#define SWL_SECTION_H

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(hidden)

// Waits until no thread is within, and enters. A section has none within, does not fork and waits for nothing.
void swl_section_begin(void);

void swl_section_end(void);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
