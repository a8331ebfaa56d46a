#ifndef CDOCUMENTS_H
#define CDOCUMENTS_H

#include <stddef.h>

/// A Markdown file of a documentation catalog, as it was when this was built.
struct cdocument {
    /// Not unique: the parts of one family of codes have the same.
    const char *name;
    const unsigned char *bytes;
    size_t count;
};

size_t cdocuments_count(void);

/// - Parameter index: below the count.
struct cdocument cdocuments_at(size_t index);

#endif
