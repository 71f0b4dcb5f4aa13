// The part of libcurl's binary interface that http.c uses, so that its headers are not needed to build.
//
// libcurl keeps these numbers for ever (https://curl.se/libcurl/abi.html); curl_abi_check.c compares them with the
// header where it is installed.
#pragma once

typedef void swl_curl;
struct swl_curl_list;

enum {
    ABI_GLOBAL_DEFAULT = 3,

    ABI_OPT_WRITEDATA = 10001,
    ABI_OPT_URL = 10002,
    ABI_OPT_ERRORBUFFER = 10010,
    ABI_OPT_LOW_SPEED_LIMIT = 19,
    ABI_OPT_LOW_SPEED_TIME = 20,
    ABI_OPT_HTTPHEADER = 10023,
    ABI_OPT_HEADERDATA = 10029,
    ABI_OPT_NOPROGRESS = 43,
    ABI_OPT_XFERINFODATA = 10057,
    ABI_OPT_CONNECTTIMEOUT = 78,
    ABI_OPT_NOSIGNAL = 99,
    ABI_OPT_PROTOCOLS = 181,
    ABI_OPT_WRITEFUNCTION = 20011,
    ABI_OPT_HEADERFUNCTION = 20079,
    ABI_OPT_XFERINFOFUNCTION = 20219,

    ABI_PROTOCOL_HTTP = 1,
    ABI_PROTOCOL_HTTPS = 2,

    ABI_INFO_RESPONSE_CODE = 0x200000 + 2,

    ABI_OK = 0,
    ABI_COULDNT_RESOLVE_PROXY = 5,
    ABI_COULDNT_RESOLVE_HOST = 6,
    ABI_COULDNT_CONNECT = 7,
    ABI_WEIRD_SERVER_REPLY = 8,
    ABI_HTTP2 = 16,
    ABI_PARTIAL_FILE = 18,
    ABI_WRITE_ERROR = 23,
    ABI_OPERATION_TIMEDOUT = 28,
    ABI_SSL_CONNECT_ERROR = 35,
    ABI_ABORTED_BY_CALLBACK = 42,
    ABI_GOT_NOTHING = 52,
    ABI_SEND_ERROR = 55,
    ABI_RECV_ERROR = 56,
    ABI_HTTP2_STREAM = 92,
};
