// SHA-256 of the system's libcrypto, by the functions that EVP stands on: the library `Hashing` says why.
#if !__has_include(<openssl/sha.h>)
#error "the header of libcrypto is missing: apt-get install libssl-dev"
#endif
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>
