#include "swiftlet.h"  // compiled as C: SwiftPM wants a source, and the header stays clean
