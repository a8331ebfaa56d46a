#include "CWithoutICU.h"

// GRDB imports Foundation, whose ICU brings 34 MB of data about locales, calendars and scripts. What is called here
// reads none of them: the sources import no Foundation, and GRDB uses it for dates, numbers and collations, which a
// store has none of.
//
// This is the data's name in Swift 6.3. Defined here, the linker takes no other, and ICU finds data without a valid
// header: each of its functions that needs data returns an error. A Swift with another ICU makes the program larger, no
// more.
#ifdef STATIC_FOUNDATION
__attribute__((aligned(16))) const char icudt76_dat[16] = {0};
#endif
