#pragma once

// libcurl as Swift can call it: its setters and getters are variadic, and each of these is one of them with one type.

#include <curl/curl.h>
#include <stddef.h>
#include <sys/socket.h>

static inline CURLcode ccurl_set_number(CURL *handle, CURLoption option, long value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode ccurl_set_large_number(CURL *handle, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode ccurl_set_text(CURL *handle, CURLoption option, const char *value) {
    return curl_easy_setopt(handle, option, value);
}

/// The bytes are not copied: they have to live as long as the transfer.
static inline CURLcode ccurl_set_body(CURL *handle, const void *bytes, size_t count) {
    CURLcode code = curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)count);
    return code != CURLE_OK ? code : curl_easy_setopt(handle, CURLOPT_POSTFIELDS, (const char *)bytes);
}

static inline CURLcode ccurl_set_list(CURL *handle, CURLoption option, struct curl_slist *list) {
    return curl_easy_setopt(handle, option, list);
}

static inline CURLcode ccurl_set_url(CURL *handle, CURLU *url) {
    return curl_easy_setopt(handle, CURLOPT_CURLU, url);
}

/// Nothing but HTTP and HTTPS is spoken.
static inline CURLcode ccurl_allow_http_alone(CURL *handle) {
#if LIBCURL_VERSION_NUM >= 0x075500
    return curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
#else
    return curl_easy_setopt(handle, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
}

/// `context` goes to every callback.
struct ccurl_callbacks {
    void *context;
    /// Takes `count` bytes of the body; what it returns below `count` ends the transfer.
    size_t (*body)(char *bytes, size_t one, size_t count, void *context);
    /// Takes one line of the head, with its line end.
    size_t (*head)(char *bytes, size_t one, size_t count, void *context);
    /// Anything but 0 ends the transfer.
    int (*progress)(void *context, curl_off_t expected, curl_off_t received, curl_off_t to_send, curl_off_t sent);
    /// Whether a connection to the address may be opened.
    int (*allows)(void *context, const struct sockaddr *address);
};

/// Opens the socket of a connection unless its address is refused. `callbacks` has to live as long as the transfer.
static inline curl_socket_t ccurl_open_socket(
    void *callbacks, curlsocktype purpose, struct curl_sockaddr *address) {
    (void)purpose;
    const struct ccurl_callbacks *call = (const struct ccurl_callbacks *)callbacks;
    if (!call->allows(call->context, &address->addr)) return CURL_SOCKET_BAD;
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static inline void ccurl_set_callbacks(CURL *handle, struct ccurl_callbacks *callbacks) {
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, callbacks->body);
    curl_easy_setopt(handle, CURLOPT_WRITEDATA, callbacks->context);
    curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, callbacks->head);
    curl_easy_setopt(handle, CURLOPT_HEADERDATA, callbacks->context);
    curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, callbacks->progress);
    curl_easy_setopt(handle, CURLOPT_XFERINFODATA, callbacks->context);
    curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, ccurl_open_socket);
    curl_easy_setopt(handle, CURLOPT_OPENSOCKETDATA, callbacks);
}

/// 0 where there is none.
static inline long ccurl_number(CURL *handle, CURLINFO info) {
    long value = 0;
    return curl_easy_getinfo(handle, info, &value) == CURLE_OK ? value : 0;
}

static inline curl_off_t ccurl_large_number(CURL *handle, CURLINFO info) {
    curl_off_t value = 0;
    return curl_easy_getinfo(handle, info, &value) == CURLE_OK ? value : 0;
}

/// Owned by the handle; NULL where there is none.
static inline const char *ccurl_text(CURL *handle, CURLINFO info) {
    char *value = NULL;
    return curl_easy_getinfo(handle, info, &value) == CURLE_OK ? value : NULL;
}

static inline CURLcode ccurl_start(void) { return curl_global_init(CURL_GLOBAL_DEFAULT); }

/// `buffer` has `CURL_ERROR_SIZE` bytes and lives as long as the transfer.
static inline void ccurl_set_error_buffer(CURL *handle, char *buffer) {
    curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, buffer);
}
