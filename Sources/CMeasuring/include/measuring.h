#pragma once

#include <stdint.h>

/// How often this process has asked the system to bring a file to the disk, itself or through a library.
uint64_t cmeasuring_syncs(void);
