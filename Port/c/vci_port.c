/* SPDX-License-Identifier: Apache-2.0
 *
 * The loop of the VCI test port, protocol 1, in both forms: Specs/Port.md. There is nothing to be
 * filled in here; see vci_port.h.
 *
 * In the order in which data passes: text, JSON, what a request may consist of, the author's
 * answers, data files, operations, the session form, the simple form.
 */
#define _POSIX_C_SOURCE 200809L

#include "vci_port.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
  PROTOCOL = 1,
  MAX_LINE = 1 << 20,
  MAX_DEPTH = 16,
  MAX_RUNS = 10000,
  MAX_GAP = 2048, /* blocks of holes in a data file: 1 MiB */
  MAX_HANDLES = 8,
  MAX_PATH_BYTES = 999,
  MAX_MESSAGE = 1000,
  MAX_FINDINGS = 1000
};

/* Exit codes. The session form ends with the first, or with a failure. */
enum {
  EXIT_DONE = 0,
  EXIT_UNANSWERED = 1, /* a line of the session form has no answer */
  EXIT_UNSUPPORTED = 4,
  EXIT_NOT_IMPLEMENTED = 5,
  EXIT_REFUSED = 10,
  EXIT_USAGE = 64,
  EXIT_FAULT = 70,
  EXIT_OUTPUT = 74
};

/* Says why on standard error, and ends. */
static _Noreturn void die(int code, const char *why) {
  fprintf(stderr, "vci_port: %s\n", why);
  exit(code);
}

static void *need(void *memory) {
  if (memory == NULL) die(EXIT_FAULT, "out of memory");
  return memory;
}

/* ---- Text ------------------------------------------------------------------------------------ */

/* Bytes that grow at their end. */
typedef struct {
  char *bytes;
  size_t length;
  size_t capacity;
} text;

static void text_add(text *to, const char *bytes, size_t length) {
  if (to->capacity - to->length < length) {
    size_t capacity = to->capacity * 2 + length + 256;
    to->bytes = need(realloc(to->bytes, capacity));
    to->capacity = capacity;
  }
  if (length > 0) memcpy(to->bytes + to->length, bytes, length);
  to->length += length;
}

static void text_print(text *to, const char *format, ...) VCI_PORT_PRINTF(2, 3);

/* Adds short text; all but numbers and constants is added by other functions. */
static void text_print(text *to, const char *format, ...) {
  char line[256];
  va_list arguments;
  va_start(arguments, format);
  int length = vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  if (length < 0 || (size_t)length >= sizeof line) die(EXIT_FAULT, "a text is too long");
  text_add(to, line, (size_t)length);
}

static void text_clear(text *gone) {
  free(gone->bytes);
  *gone = (text){0};
}

/* Writes all bytes to a descriptor. */
static bool write_all(int descriptor, const char *bytes, size_t length) {
  while (length > 0) {
    ssize_t written = write(descriptor, bytes, length);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes += written;
    length -= (size_t)written;
  }
  return true;
}

/* The length of the character of UTF-8 that starts here; 0 if none does. */
static size_t utf8_length(const unsigned char *at, size_t left) {
  unsigned char first = at[0];
  if (first < 0x80) return 1;
  size_t length = first >= 0xc2 && first <= 0xdf ? 2
                  : (first & 0xf0) == 0xe0       ? 3
                  : first >= 0xf0 && first <= 0xf4 ? 4 : 0;
  if (length == 0 || length > left) return 0;
  for (size_t index = 1; index < length; index++) {
    if ((at[index] & 0xc0) != 0x80) return 0;
  }
  bool overlong = (first == 0xe0 && at[1] < 0xa0) || (first == 0xf0 && at[1] < 0x90);
  bool surrogate = first == 0xed && at[1] > 0x9f;
  bool beyond = first == 0xf4 && at[1] > 0x8f;
  return overlong || surrogate || beyond ? 0 : length;
}

/* Adds a string of JSON. What is no UTF-8 becomes question marks. */
static void text_add_quoted(text *to, const char *string) {
  const unsigned char *at = (const unsigned char *)string;
  size_t left = strlen(string);
  text_add(to, "\"", 1);
  while (left > 0) {
    size_t length = utf8_length(at, left);
    if (length == 0) {
      text_add(to, "?", 1);
      length = 1;
    } else if (*at == '"' || *at == '\\') {
      text_print(to, "\\%c", *at);
    } else if (*at < 0x20) {
      text_print(to, "\\u%04x", *at);
    } else {
      text_add(to, (const char *)at, length);
    }
    at += length;
    left -= length;
  }
  text_add(to, "\"", 1);
}

/* ---- JSON ------------------------------------------------------------------------------------ */

typedef enum { JSON_OTHER, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT } json_kind;

/* A value. Members and items are a list in the order of the text. */
typedef struct json json;
struct json {
  json_kind kind;
  char *key;     /* of a member */
  char *string;  /* the decoded string, or the number as it stands there */
  size_t length; /* of the string, which may hold zero bytes */
  json *first;
  json *next;
};

typedef struct {
  const unsigned char *at;
  const unsigned char *end;
  const char *wrong; /* what is wrong, once something is */
} json_reader;

static void json_free(json *value) {
  while (value != NULL) {
    json *next = value->next;
    json_free(value->first);
    free(value->key);
    free(value->string);
    free(value);
    value = next;
  }
}

static bool json_fail(json_reader *reader, const char *why) {
  if (reader->wrong == NULL) reader->wrong = why;
  return false;
}

static void json_skip_space(json_reader *reader) {
  while (reader->at < reader->end && strchr(" \t\r\n", *reader->at) != NULL && *reader->at != 0) {
    reader->at++;
  }
}

/* Takes the character if it is the next one. */
static bool json_take(json_reader *reader, char character) {
  if (reader->at == reader->end || *reader->at != (unsigned char)character) return false;
  reader->at++;
  return true;
}

static bool json_hex(json_reader *reader, unsigned *unit) {
  *unit = 0;
  for (int digit = 0; digit < 4; digit++) {
    if (reader->at == reader->end) return json_fail(reader, "an escape is cut off");
    unsigned char c = *reader->at++;
    unsigned value = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
                     : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10)
                     : c >= 'A' && c <= 'F' ? (unsigned)(c - 'A' + 10) : 16;
    if (value == 16) return json_fail(reader, "an escape has a wrong digit");
    *unit = *unit * 16 + value;
  }
  return true;
}

static void text_add_scalar(text *to, unsigned scalar) {
  char bytes[4];
  size_t length = scalar < 0x80 ? 1 : scalar < 0x800 ? 2 : scalar < 0x10000 ? 3 : 4;
  static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
  for (size_t index = length - 1; index > 0; index--) {
    bytes[index] = (char)(0x80 | (scalar & 0x3f));
    scalar >>= 6;
  }
  bytes[0] = (char)(lead[length] | scalar);
  text_add(to, bytes, length);
}

static bool json_unicode_escape(json_reader *reader, text *to) {
  unsigned unit, low;
  if (!json_hex(reader, &unit)) return false;
  if (unit >= 0xdc00 && unit <= 0xdfff) return json_fail(reader, "half a surrogate pair");
  if (unit >= 0xd800 && unit <= 0xdbff) {
    if (!json_take(reader, '\\') || !json_take(reader, 'u') || !json_hex(reader, &low) ||
        low < 0xdc00 || low > 0xdfff) {
      return json_fail(reader, "half a surrogate pair");
    }
    unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
  }
  text_add_scalar(to, unit);
  return true;
}

static bool json_escape(json_reader *reader, text *to) {
  static const char letters[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
  if (reader->at == reader->end) return json_fail(reader, "an escape is cut off");
  char letter = (char)*reader->at++;
  if (letter == 'u') return json_unicode_escape(reader, to);
  const char *found = letter == 0 ? NULL : strchr(letters, letter);
  if (found == NULL) return json_fail(reader, "an unknown escape");
  text_add(to, &meanings[found - letters], 1);
  return true;
}

/* Reads a string behind its opening quote. */
static bool json_read_string(json_reader *reader, char **string, size_t *length) {
  text decoded = {0};
  while (!json_take(reader, '"')) {
    if (reader->at == reader->end) json_fail(reader, "a string has no end");
    else if (*reader->at < 0x20) json_fail(reader, "a control character in a string");
    else if (json_take(reader, '\\')) json_escape(reader, &decoded);
    else {
      size_t bytes = utf8_length(reader->at, (size_t)(reader->end - reader->at));
      if (bytes == 0) json_fail(reader, "not UTF-8");
      text_add(&decoded, (const char *)reader->at, bytes);
      reader->at += bytes;
    }
    if (reader->wrong != NULL) {
      text_clear(&decoded);
      return false;
    }
  }
  *length = decoded.length;
  text_add(&decoded, "", 1);
  *string = decoded.bytes;
  return true;
}

static size_t json_digits(json_reader *reader) {
  const unsigned char *start = reader->at;
  while (reader->at < reader->end && *reader->at >= '0' && *reader->at <= '9') reader->at++;
  return (size_t)(reader->at - start);
}

static bool json_read_number(json_reader *reader, json *value) {
  const unsigned char *start = reader->at;
  json_take(reader, '-');
  bool zero = reader->at < reader->end && *reader->at == '0';
  size_t digits = json_digits(reader);
  if (digits == 0 || (zero && digits > 1)) return json_fail(reader, "not a number");
  if (json_take(reader, '.') && json_digits(reader) == 0) return json_fail(reader, "not a number");
  if (json_take(reader, 'e') || json_take(reader, 'E')) {
    if (!json_take(reader, '+')) json_take(reader, '-');
    if (json_digits(reader) == 0) return json_fail(reader, "not a number");
  }
  value->kind = JSON_NUMBER;
  value->length = (size_t)(reader->at - start);
  value->string = need(calloc(1, value->length + 1));
  memcpy(value->string, start, value->length);
  return true;
}

static bool json_read_word(json_reader *reader) {
  static const char *const words[] = {"true", "false", "null"};
  for (size_t index = 0; index < 3; index++) {
    size_t length = strlen(words[index]);
    if ((size_t)(reader->end - reader->at) >= length &&
        memcmp(reader->at, words[index], length) == 0) {
      reader->at += length;
      return true;
    }
  }
  return json_fail(reader, "not a value");
}

static bool json_read_value(json_reader *reader, json *value, int depth);

static bool json_has_key(const json *object, const char *key) {
  for (const json *member = object->first; member != NULL; member = member->next) {
    if (member->key != NULL && strcmp(member->key, key) == 0) return true;
  }
  return false;
}

static bool json_read_key(json_reader *reader, const json *object, json *member) {
  char *key;
  size_t length;
  json_skip_space(reader);
  if (!json_take(reader, '"')) return json_fail(reader, "a key is missing");
  if (!json_read_string(reader, &key, &length)) return false;
  if (length != strlen(key)) json_fail(reader, "a zero byte in a key");
  else if (json_has_key(object, key)) json_fail(reader, "a key comes twice");
  member->key = key;
  json_skip_space(reader);
  if (reader->wrong == NULL && !json_take(reader, ':')) json_fail(reader, "a colon is missing");
  return reader->wrong == NULL;
}

/* Reads what stands between brackets or braces, behind the opening one. */
static bool json_read_members(json_reader *reader, json *parent, int depth) {
  bool object = parent->kind == JSON_OBJECT;
  char close = object ? '}' : ']';
  json **link = &parent->first;
  json_skip_space(reader);
  if (json_take(reader, close)) return true;
  do {
    json *member = need(calloc(1, sizeof *member));
    bool good = (!object || json_read_key(reader, parent, member));
    *link = member;
    link = &member->next;
    if (!good || !json_read_value(reader, member, depth + 1)) return false;
    json_skip_space(reader);
  } while (json_take(reader, ','));
  return json_take(reader, close) || json_fail(reader, "a bracket or comma is missing");
}

static bool json_read_value(json_reader *reader, json *value, int depth) {
  if (depth > MAX_DEPTH) return json_fail(reader, "nested too deep");
  json_skip_space(reader);
  if (json_take(reader, '"')) {
    value->kind = JSON_STRING;
    return json_read_string(reader, &value->string, &value->length);
  }
  if (json_take(reader, '{') || json_take(reader, '[')) {
    value->kind = reader->at[-1] == '{' ? JSON_OBJECT : JSON_ARRAY;
    return json_read_members(reader, value, depth);
  }
  bool number = reader->at < reader->end &&
                (*reader->at == '-' || (*reader->at >= '0' && *reader->at <= '9'));
  return number ? json_read_number(reader, value) : json_read_word(reader);
}

/* The value that is all of the text. Returns NULL, and says why, if there is none. */
static json *json_parse(const char *bytes, size_t length, const char **wrong) {
  json_reader reader = {(const unsigned char *)bytes, (const unsigned char *)bytes + length, NULL};
  json *value = need(calloc(1, sizeof *value));
  if (json_read_value(&reader, value, 0)) {
    json_skip_space(&reader);
    if (reader.at != reader.end) json_fail(&reader, "something stands behind the value");
  }
  if (reader.wrong == NULL) return value;
  *wrong = reader.wrong;
  json_free(value);
  return NULL;
}

/* ---- What a request may consist of ----------------------------------------------------------- */

typedef enum {
  OP_HELLO, OP_PING, OP_BYE, OP_PROBE, OP_OPEN, OP_INFO, OP_READ, OP_EXTENTS, OP_CREATE, OP_WRITE,
  OP_DISCARD, OP_FLUSH, OP_SET_MODUUID, OP_CLOSE, OP_CHECK, OP_COUNT
} operation;

/* Fields of requests; each is a bit in the sets of `operations`. */
typedef enum {
  F_PROTOCOL, F_FEATURES, F_IMAGE, F_HANDLE, F_MODE, F_EXPECTED, F_BLOCK, F_RUN, F_FILE, F_BLOCKS,
  F_TYPE, F_UUID, F_REPAIR, F_COUNT
} field;

static const char *const field_keys[F_COUNT] = {
  [F_PROTOCOL] = "protocol", [F_FEATURES] = "features", [F_IMAGE] = "image",
  [F_HANDLE] = "handle", [F_MODE] = "mode", [F_EXPECTED] = "modUuid", [F_BLOCK] = "block",
  [F_RUN] = "count", [F_FILE] = "file", [F_BLOCKS] = "blocks", [F_TYPE] = "type",
  [F_UUID] = "uuid", [F_REPAIR] = "repair",
};

#define BIT(field) (1u << (field))

/* The operations of the session form: their names, the fields that each needs, and those that it
 * may have. */
static const struct {
  const char *name;
  unsigned needed;
  unsigned optional;
} operations[OP_COUNT] = {
  [OP_HELLO] = {"hello", BIT(F_PROTOCOL) | BIT(F_FEATURES), 0},
  [OP_PING] = {"ping", 0, 0},
  [OP_BYE] = {"bye", 0, 0},
  [OP_PROBE] = {"probe", BIT(F_IMAGE), 0},
  [OP_OPEN] = {"open", BIT(F_IMAGE) | BIT(F_HANDLE) | BIT(F_MODE), BIT(F_EXPECTED)},
  [OP_INFO] = {"info", BIT(F_HANDLE), 0},
  [OP_READ] = {"read", BIT(F_HANDLE) | BIT(F_BLOCK) | BIT(F_RUN) | BIT(F_FILE), 0},
  [OP_EXTENTS] = {"extents", BIT(F_IMAGE) | BIT(F_FILE), 0},
  [OP_CREATE] = {"create", BIT(F_IMAGE) | BIT(F_BLOCKS) | BIT(F_TYPE) | BIT(F_UUID), 0},
  [OP_WRITE] = {"write", BIT(F_HANDLE) | BIT(F_BLOCK) | BIT(F_RUN) | BIT(F_FILE), 0},
  [OP_DISCARD] = {"discard", BIT(F_HANDLE) | BIT(F_BLOCK) | BIT(F_RUN), 0},
  [OP_FLUSH] = {"flush", BIT(F_HANDLE), 0},
  [OP_SET_MODUUID] = {"set-moduuid", BIT(F_HANDLE) | BIT(F_UUID), 0},
  [OP_CLOSE] = {"close", BIT(F_HANDLE), 0},
  [OP_CHECK] = {"check", BIT(F_IMAGE) | BIT(F_REPAIR), 0},
};

/* A request of either form. */
typedef struct {
  operation op;
  char image[MAX_PATH_BYTES + 1];
  char file[MAX_PATH_BYTES + 1];
  char handle[17];
  vci_port_mode mode;
  bool has_expected;
  vci_port_uuid expected;
  vci_port_uuid uuid;
  uint64_t block;
  uint64_t count;
  bool all; /* the count is 2^64, one more than `count` */
  uint64_t blocks;
  bool fixed;
  vci_port_repair repair;
  bool speaks_protocol; /* the caller speaks ours */
} request;

/* Reads decimal digits without leading zeros. `over` tells whether it is 2^64 exactly; larger ones
 * are no numbers of the format. */
static bool parse_digits(const char *string, uint64_t *value, bool *over) {
  size_t length = strlen(string);
  *over = strcmp(string, "18446744073709551616") == 0;
  *value = *over ? UINT64_MAX : 0;
  if (*over) return true;
  if (length == 0 || length > 20 || (string[0] == '0' && length > 1)) return false;
  for (; *string != 0; string++) {
    if (*string < '0' || *string > '9') return false;
    uint64_t digit = (uint64_t)(*string - '0');
    if (*value > (UINT64_MAX - digit) / 10) return false;
    *value = *value * 10 + digit;
  }
  return true;
}

static bool parse_number(const char *string, uint64_t *value) {
  bool over;
  return parse_digits(string, value, &over) && !over;
}

static int hex_value(char c) {
  return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Reads a UUID. In an image its first three fields are little endian. */
static bool parse_uuid(const char *string, vci_port_uuid *uuid) {
  static const unsigned char places[16] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
  if (strlen(string) != 36) return false;
  size_t byte = 0;
  for (size_t at = 0; at < 36;) {
    if (at == 8 || at == 13 || at == 18 || at == 23) {
      if (string[at++] != '-') return false;
      continue;
    }
    int high = hex_value(string[at]), low = hex_value(string[at + 1]);
    if (high < 0 || low < 0) return false;
    uuid->stored[places[byte++]] = (unsigned char)(high * 16 + low);
    at += 2;
  }
  memcpy(uuid->text, string, 37);
  return true;
}

static void print_uuid(char string[37], const unsigned char b[16]) {
  snprintf(string, 37, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[3],
           b[2], b[1], b[0], b[5], b[4], b[7], b[6], b[8], b[9], b[10], b[11], b[12], b[13], b[14],
           b[15]);
}

/* Whether a string has only letters and digits, and what `others` holds. */
static bool consists_of(const char *string, const char *others) {
  for (; *string != 0; string++) {
    bool letter = (*string >= 'a' && *string <= 'z') || (*string >= 'A' && *string <= 'Z');
    if (!letter && !(*string >= '0' && *string <= '9') && strchr(others, *string) == NULL) {
      return false;
    }
  }
  return true;
}

static bool parse_path(const char *string, char path[MAX_PATH_BYTES + 1]) {
  size_t length = strlen(string);
  if (length < 2 || length > MAX_PATH_BYTES || string[0] != '/') return false;
  if (!consists_of(string, "/._-")) return false;
  memcpy(path, string, length + 1);
  return true;
}

static bool parse_handle(const char *string, char handle[17]) {
  size_t length = strlen(string);
  if (length < 1 || length > 16 || !consists_of(string, "")) return false;
  memcpy(handle, string, length + 1);
  return true;
}

/* The place of a string among others; -1 if it is none of them. */
static int index_of(const char *string, const char *const *among, int count) {
  for (int index = 0; index < count; index++) {
    if (strcmp(string, among[index]) == 0) return index;
  }
  return -1;
}

static bool parse_type(const char *string, bool *fixed) {
  *fixed = strcmp(string, "fixed") == 0;
  return *fixed || strcmp(string, "dynamic") == 0;
}

static bool parse_repair(const char *string, vci_port_repair *repair) {
  static const char *const modes[] = {"none", "plan", "leaks", "all"};
  int mode = index_of(string, modes, 4);
  *repair = mode < 0 ? VCI_PORT_REPAIR_NONE : (vci_port_repair)mode;
  return mode >= 0;
}

static bool parse_mode(const char *string, vci_port_mode *mode) {
  *mode = strcmp(string, "rw") == 0 ? VCI_PORT_READ_WRITE : VCI_PORT_READ_ONLY;
  return *mode == VCI_PORT_READ_WRITE || strcmp(string, "ro") == 0;
}

/* Reads a field whose value is a string. */
static bool parse_string_field(field which, const char *string, request *into) {
  switch (which) {
    case F_IMAGE: return parse_path(string, into->image);
    case F_FILE: return parse_path(string, into->file);
    case F_HANDLE: return parse_handle(string, into->handle);
    case F_MODE: return parse_mode(string, &into->mode);
    case F_EXPECTED: return into->has_expected = parse_uuid(string, &into->expected);
    case F_UUID: return parse_uuid(string, &into->uuid);
    case F_BLOCK: return parse_number(string, &into->block);
    case F_RUN: return parse_digits(string, &into->count, &into->all);
    case F_BLOCKS: return parse_number(string, &into->blocks);
    case F_TYPE: return parse_type(string, &into->fixed);
    case F_REPAIR: return parse_repair(string, &into->repair);
    default: return false;
  }
}

/* ---- The author's answers -------------------------------------------------------------------- */

typedef enum { RUN_HIT, RUN_MISS, RUN_EVICTED, RUN_DROPPED } run_kind;

static const char *const run_words[] = {"hit", "miss", "evicted", "dropped"};

typedef struct {
  run_kind kind;
  uint64_t block;
  uint64_t count;
} run;

typedef struct {
  char rule[24];
  const char *class_name;
} finding;

struct vci_port_call {
  operation op;
  char rule[24];
  char class_name[101];
  char feature[101];
  char message[MAX_MESSAGE + 1];
  char misuse[200]; /* what the author's function did wrong; then the outcome is an error */
  run *runs;
  size_t run_count;
  uint64_t first; /* of a read or write: the requested blocks */
  uint64_t count;
  uint64_t answered; /* of a read: how many blocks are answered */
  uint64_t missed;   /* and how many of them are misses */
  uint64_t written;
  uint64_t listed; /* of extents: the end of the last one */
  text list;
  int data; /* the data file that takes bytes of hits; -1 if there is none */
  vci_port_info info;
  finding *findings;
  size_t finding_count;
  int check_exit; /* -1 if it was not said */
};

static void call_begin(vci_port_call *call, const request *from) {
  *call = (vci_port_call){.op = from->op, .first = from->block, .count = from->count,
                          .written = from->count, .data = -1, .check_exit = -1};
}

static void call_end(vci_port_call *call) {
  free(call->runs);
  free(call->findings);
  text_clear(&call->list);
  if (call->data >= 0) close(call->data);
}

static bool misuse(vci_port_call *call, const char *what) {
  if (call->misuse[0] == 0) snprintf(call->misuse, sizeof call->misuse, "%s", what);
  return false;
}

/* Copies a short name. Names that have no place are cut, and then no name that anybody knows. */
static void copy_name(char *to, size_t size, const char *from) {
  snprintf(to, size, "%s", from == NULL ? "" : from);
}

/* Whether it has the form of a rule: VCI-EXT-003. */
static bool is_rule(const char *rule) {
  if (strncmp(rule, "VCI-", 4) != 0) return false;
  size_t letters = strspn(rule + 4, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
  const char *rest = rule + 4 + letters;
  return letters > 0 && rest[0] == '-' && strspn(rest + 1, "0123456789") == 3 && rest[4] == 0;
}

static void set_message(vci_port_call *call, const char *format, va_list arguments) {
  if (format == NULL) return;
  vsnprintf(call->message, sizeof call->message, format, arguments);
}

vci_port_outcome vci_port_refuse(vci_port_call *call, const char *rule, const char *class_name,
                                 const char *message, ...) {
  if (rule != NULL && !is_rule(rule)) misuse(call, "refused by something that is no rule");
  copy_name(call->rule, sizeof call->rule, rule);
  copy_name(call->class_name, sizeof call->class_name, class_name);
  if (call->rule[0] == 0 && call->class_name[0] == 0) {
    copy_name(call->class_name, sizeof call->class_name, "other");
  }
  va_list arguments;
  va_start(arguments, message);
  set_message(call, message, arguments);
  va_end(arguments);
  return VCI_PORT_REFUSED;
}

vci_port_outcome vci_port_unsupported(vci_port_call *call, const char *feature) {
  copy_name(call->feature, sizeof call->feature, feature);
  return VCI_PORT_UNSUPPORTED;
}

vci_port_outcome vci_port_error(vci_port_call *call, const char *message, ...) {
  va_list arguments;
  va_start(arguments, message);
  set_message(call, message, arguments);
  va_end(arguments);
  return VCI_PORT_ERROR;
}

/* Adds a run, or joins it with the last one. Returns false if there is no place for it. */
static bool add_run(vci_port_call *call, run_kind kind, uint64_t block, uint64_t count) {
  if (call->run_count > 0) {
    run *last = &call->runs[call->run_count - 1];
    if (last->kind == kind && last->block + last->count == block) {
      last->count += count;
      return true;
    }
  }
  if (call->run_count == MAX_RUNS) return false;
  if (call->runs == NULL) call->runs = need(calloc(MAX_RUNS, sizeof *call->runs));
  call->runs[call->run_count++] = (run){kind, block, count};
  return true;
}

/* Whether these blocks are what is to be answered next. */
static bool is_next_answer(vci_port_call *call, uint64_t block, uint64_t count) {
  if (call->op != OP_READ) return misuse(call, "a hit or miss outside of read");
  if (count == 0) return misuse(call, "a hit or miss of no blocks");
  if (block != call->first + call->answered) return misuse(call, "answers are not in order");
  if (count > call->count - call->answered) return misuse(call, "more is answered than was asked");
  return true;
}

/* Puts bytes of a hit at their place in the data file. */
static bool store_hit(vci_port_call *call, const char *bytes, uint64_t count) {
  uint64_t offset = call->answered * VCI_PORT_BLOCK, left = count * VCI_PORT_BLOCK;
  while (left > 0) {
    size_t piece = left < (1u << 30) ? (size_t)left : (1u << 30);
    ssize_t written = pwrite(call->data, bytes, piece, (off_t)offset);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return misuse(call, "the data file cannot be written");
    bytes += written;
    offset += (uint64_t)written;
    left -= (uint64_t)written;
  }
  return true;
}

/* A hit behind a long miss would stand far behind the start of the data file, where no file may
 * reach: the answer ends before it, and the caller asks for the rest. */
bool vci_port_hit(vci_port_call *call, uint64_t block, uint64_t count, const void *bytes) {
  if (call->misuse[0] != 0 || !is_next_answer(call, block, count)) return false;
  if (count > SIZE_MAX / VCI_PORT_BLOCK / 2) return misuse(call, "a hit is too long");
  if (call->missed > MAX_GAP) return false;
  if (!add_run(call, RUN_HIT, block, count) || !store_hit(call, bytes, count)) return false;
  call->answered += count;
  return call->answered < call->count;
}

bool vci_port_miss(vci_port_call *call, uint64_t block, uint64_t count) {
  if (call->misuse[0] != 0 || !is_next_answer(call, block, count)) return false;
  if (!add_run(call, RUN_MISS, block, count)) return false;
  call->answered += count;
  call->missed += count;
  return call->answered < call->count;
}

bool vci_port_extent(vci_port_call *call, uint64_t block, uint64_t count) {
  if (call->op != OP_EXTENTS) return misuse(call, "an extent outside of extents");
  if (count == 0 || block < call->listed || count > UINT64_MAX - block) {
    return misuse(call, "extents do not ascend");
  }
  call->listed = block + count;
  text_print(&call->list, "%llu %llu\n", (unsigned long long)block, (unsigned long long)count);
  return true;
}

void vci_port_written(vci_port_call *call, uint64_t count) {
  if (call->op != OP_WRITE) misuse(call, "written outside of write");
  else if (count == 0 || count > call->count) misuse(call, "none or too many blocks are written");
  else call->written = count;
}

/* A report of losses is optional: what is too much of it is left out. */
static void add_loss(vci_port_call *call, run_kind kind, uint64_t block, uint64_t count) {
  if (call->op != OP_WRITE) misuse(call, "a loss outside of write");
  else if (count > 0) add_run(call, kind, block, count);
}

void vci_port_evicted(vci_port_call *call, uint64_t block, uint64_t count) {
  add_loss(call, RUN_EVICTED, block, count);
}

void vci_port_dropped(vci_port_call *call, uint64_t block, uint64_t count) {
  add_loss(call, RUN_DROPPED, block, count);
}

void vci_port_finding(vci_port_call *call, const char *rule, const char *class_name) {
  static const char *const classes[] = {"corruption", "summary", "leak", "dirty", "advice"};
  int class_index = class_name == NULL ? -1 : index_of(class_name, classes, 5);
  if (call->op != OP_CHECK || rule == NULL || !is_rule(rule) || class_index < 0) {
    misuse(call, "a finding is none");
    return;
  }
  for (size_t index = 0; index < call->finding_count; index++) {
    const finding *other = &call->findings[index];
    if (strcmp(other->rule, rule) == 0 && other->class_name == classes[class_index]) return;
  }
  if (call->finding_count == MAX_FINDINGS) return;
  if (call->findings == NULL) call->findings = need(calloc(MAX_FINDINGS, sizeof *call->findings));
  finding *added = &call->findings[call->finding_count++];
  copy_name(added->rule, sizeof added->rule, rule);
  added->class_name = classes[class_index];
}

void vci_port_check_exit(vci_port_call *call, int code) {
  if (code < 0 || code > 255) misuse(call, "an exit code is none");
  else call->check_exit = code;
}

/* ---- Data files ------------------------------------------------------------------------------ */

/* Opens the file that takes what is answered. In the simple form it may not be there yet. */
static bool open_data(vci_port_call *call, const char *path, bool may_be_new) {
  int flags = O_WRONLY | O_CLOEXEC | O_NOCTTY | (may_be_new ? O_CREAT | O_TRUNC : 0);
  call->data = open(path, flags, 0666);
  return call->data >= 0 || misuse(call, "the data file cannot be opened");
}

/* The bytes of a file that has exactly this many blocks. Returns NULL if it has not. */
static unsigned char *map_data(vci_port_call *call, const char *path, uint64_t count) {
  struct stat status;
  void *bytes = MAP_FAILED;
  int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
  if (descriptor < 0 || fstat(descriptor, &status) != 0) {
    misuse(call, "the data file cannot be opened");
  } else if (status.st_size % VCI_PORT_BLOCK != 0 || count > SIZE_MAX / VCI_PORT_BLOCK ||
             (uint64_t)status.st_size / VCI_PORT_BLOCK != count) {
    misuse(call, "the data file has another size than the request");
  } else {
    bytes = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, descriptor, 0);
    if (bytes == MAP_FAILED) misuse(call, "the data file cannot be read");
  }
  if (descriptor >= 0) close(descriptor);
  return bytes == MAP_FAILED ? NULL : bytes;
}

/* ---- Operations ------------------------------------------------------------------------------ */

typedef struct {
  char name[17];
  bool open;
  void *handle;
} slot;

typedef struct {
  const vci_port_program *program;
  slot slots[MAX_HANDLES];
  bool simple; /* the form */
} session;

static slot *find_slot(session *in, const char *name) {
  for (int index = 0; index < MAX_HANDLES; index++) {
    if (in->slots[index].open && strcmp(in->slots[index].name, name) == 0) return &in->slots[index];
  }
  return NULL;
}

static slot *free_slot(session *in) {
  for (int index = 0; index < MAX_HANDLES; index++) {
    if (!in->slots[index].open) return &in->slots[index];
  }
  return NULL;
}

static bool writes(const vci_port_program *program) {
  return program->write || program->discard || program->flush || program->set_moduuid;
}

/* Whether the program has the operation; those of the session itself it always has. */
static bool implements(const vci_port_program *program, const request *asked) {
  switch (asked->op) {
    case OP_PROBE: return program->probe != NULL;
    case OP_OPEN:
      return program->open != NULL && (asked->mode == VCI_PORT_READ_ONLY || writes(program));
    case OP_INFO: return program->info != NULL;
    case OP_READ: return program->read != NULL;
    case OP_EXTENTS: return program->extents != NULL;
    case OP_CREATE: return program->create != NULL;
    case OP_WRITE: return program->write != NULL;
    case OP_DISCARD: return program->discard != NULL;
    case OP_FLUSH: return program->flush != NULL;
    case OP_SET_MODUUID: return program->set_moduuid != NULL;
    case OP_CLOSE: return program->open != NULL;
    case OP_CHECK: break;
    default: return true;
  }
  /* A program that repairs in any way can plan. */
  static const unsigned any_of[] = {
    [VCI_PORT_REPAIR_PLAN] = VCI_PORT_REPAIRS_LEAKS | VCI_PORT_REPAIRS_ALL,
    [VCI_PORT_REPAIR_LEAKS] = VCI_PORT_REPAIRS_LEAKS,
    [VCI_PORT_REPAIR_ALL] = VCI_PORT_REPAIRS_ALL,
  };
  bool repairs = asked->repair == VCI_PORT_REPAIR_NONE || program->repairs & any_of[asked->repair];
  return program->check != NULL && repairs;
}

static vci_port_outcome wrong_request(vci_port_call *call, const char *why) {
  return vci_port_refuse(call, NULL, "argument", "%s", why);
}

static vci_port_outcome do_open(session *in, const request *asked, vci_port_call *call) {
  if (asked->has_expected && !(in->program->features & VCI_PORT_MOD_UUID)) {
    return vci_port_unsupported(call, "mod-uuid");
  }
  if (find_slot(in, asked->handle) != NULL) return wrong_request(call, "the handle is open");
  slot *place = free_slot(in);
  if (place == NULL) return wrong_request(call, "too many handles are open");
  void *handle = NULL;
  vci_port_outcome outcome =
      in->program->open(call, asked->image, asked->mode,
                        asked->has_expected ? &asked->expected : NULL, &handle);
  if (outcome == VCI_PORT_OK) {
    *place = (slot){.open = true, .handle = handle};
    memcpy(place->name, asked->handle, sizeof place->name);
  }
  return outcome;
}

static vci_port_outcome do_close(session *in, slot *place, vci_port_call *call) {
  place->open = false;
  return in->program->close == NULL ? VCI_PORT_OK : in->program->close(call, place->handle);
}

/* A refusal that comes after something was answered is left to the next request. */
static vci_port_outcome do_read(session *in, const request *asked, void *handle,
                                vci_port_call *call) {
  if (!open_data(call, asked->file, in->simple)) return VCI_PORT_ERROR;
  vci_port_outcome outcome = in->program->read(call, handle, asked->block, asked->count);
  if (outcome == VCI_PORT_REFUSED && call->run_count > 0) return VCI_PORT_OK;
  if (outcome == VCI_PORT_OK && call->run_count == 0) misuse(call, "read said nothing");
  return outcome;
}

static vci_port_outcome do_write(session *in, const request *asked, void *handle,
                                 vci_port_call *call) {
  unsigned char *bytes = map_data(call, asked->file, asked->count);
  if (bytes == NULL) return VCI_PORT_ERROR;
  vci_port_outcome outcome =
      in->program->write(call, handle, asked->block, asked->count, bytes);
  munmap(bytes, (size_t)asked->count * VCI_PORT_BLOCK);
  return outcome;
}

static vci_port_outcome do_discard(session *in, const request *asked, void *handle,
                                   vci_port_call *call) {
  vci_port_outcome outcome = in->program->discard(call, handle, asked->block, asked->count);
  if (outcome == VCI_PORT_OK && asked->all) {
    outcome = in->program->discard(call, handle, UINT64_MAX, 1);
  }
  return outcome;
}

static vci_port_outcome do_extents(session *in, const request *asked, vci_port_call *call) {
  if (!in->simple && !open_data(call, asked->file, false)) return VCI_PORT_ERROR;
  vci_port_outcome outcome = in->program->extents(call, asked->image);
  if (outcome == VCI_PORT_OK && !in->simple &&
      !write_all(call->data, call->list.bytes, call->list.length)) {
    misuse(call, "the data file cannot be written");
  }
  return outcome;
}

static vci_port_outcome do_create(session *in, const request *asked, vci_port_call *call) {
  if (asked->fixed && !(in->program->features & VCI_PORT_FIXED)) {
    return vci_port_unsupported(call, "fixed");
  }
  return in->program->create(call, asked->image, asked->blocks, asked->fixed, &asked->uuid);
}

/* Operations on an open image. */
static vci_port_outcome do_with_handle(session *in, const request *asked, vci_port_call *call) {
  slot *place = find_slot(in, asked->handle);
  if (place == NULL) return wrong_request(call, "no such handle is open");
  switch (asked->op) {
    case OP_INFO: return in->program->info(call, place->handle, &call->info);
    case OP_READ: return do_read(in, asked, place->handle, call);
    case OP_WRITE: return do_write(in, asked, place->handle, call);
    case OP_DISCARD: return do_discard(in, asked, place->handle, call);
    case OP_FLUSH: return in->program->flush(call, place->handle);
    case OP_SET_MODUUID: return in->program->set_moduuid(call, place->handle, &asked->uuid);
    default: return do_close(in, place, call);
  }
}

/* Whether the run of blocks that is asked for is one: at least 1, and its end at most 2^64. */
static bool is_run(const request *asked) {
  if (!(operations[asked->op].needed & BIT(F_RUN))) return true;
  if (asked->all) return asked->block == 0;
  return asked->count > 0 && asked->count - 1 <= UINT64_MAX - asked->block;
}

static vci_port_outcome dispatch(session *in, const request *asked, vci_port_call *call) {
  if (!implements(in->program, asked)) return VCI_PORT_NOT_IMPLEMENTED;
  if (!is_run(asked)) return wrong_request(call, "block and count are no request");
  switch (asked->op) {
    case OP_PROBE: return in->program->probe(call, asked->image);
    case OP_OPEN: return do_open(in, asked, call);
    case OP_EXTENTS: return do_extents(in, asked, call);
    case OP_CREATE: return do_create(in, asked, call);
    case OP_CHECK: return in->program->check(call, asked->image, asked->repair);
    case OP_HELLO: case OP_PING: case OP_BYE: return VCI_PORT_OK;
    default: return do_with_handle(in, asked, call);
  }
}

/* Carries out a request. What the author's functions did wrong becomes an error. */
static vci_port_outcome perform(session *in, const request *asked, vci_port_call *call) {
  call_begin(call, asked);
  vci_port_outcome outcome = dispatch(in, asked, call);
  if (call->misuse[0] != 0) {
    memcpy(call->message, call->misuse, sizeof call->misuse);
    return VCI_PORT_ERROR;
  }
  if (outcome == VCI_PORT_REFUSED && call->rule[0] == 0 && call->class_name[0] == 0) {
    copy_name(call->class_name, sizeof call->class_name, "other");
  }
  if (outcome == VCI_PORT_UNSUPPORTED && call->feature[0] == 0) {
    copy_name(call->feature, sizeof call->feature, "unnamed");
  }
  return outcome;
}

static void close_all(session *in) {
  for (int index = 0; index < MAX_HANDLES; index++) {
    if (!in->slots[index].open) continue;
    request asked = {.op = OP_CLOSE};
    memcpy(asked.handle, in->slots[index].name, sizeof asked.handle);
    vci_port_call call;
    if (perform(in, &asked, &call) != VCI_PORT_OK) {
      fprintf(stderr, "vci_port: a handle was not closed in order: %s\n", call.message);
    }
    call_end(&call);
  }
}

/* ---- Capabilities ---------------------------------------------------------------------------- */

static const char *const feature_names[] = {"multi-level-tree", "wide-disks", "fixed",
                                            "dirty-recovery",   "mod-uuid",   "locks"};
enum { FEATURES = 6, DECLARABLE = 15 };

/* The name of operation `index` as a capability, if the program has it; else NULL. */
static const char *declared(const vci_port_program *program, int index) {
  const struct {
    const char *name;
    bool has;
  } all[DECLARABLE] = {
    {"probe", program->probe != NULL},
    {"open-ro", program->open != NULL},
    {"open-rw", program->open != NULL && writes(program)},
    {"info", program->info != NULL},
    {"read", program->read != NULL},
    {"extents", program->extents != NULL},
    {"create", program->create != NULL},
    {"write", program->write != NULL},
    {"discard", program->discard != NULL},
    {"flush", program->flush != NULL},
    {"close", program->close != NULL},
    {"set-moduuid", program->set_moduuid != NULL},
    {"check", program->check != NULL},
    {"repair-leaks", program->check != NULL && (program->repairs & VCI_PORT_REPAIRS_LEAKS)},
    {"repair-all", program->check != NULL && (program->repairs & VCI_PORT_REPAIRS_ALL)},
  };
  return all[index].has ? all[index].name : NULL;
}

static const char *language_of(const vci_port_program *program) {
  return program->language == NULL ? "C" : program->language;
}

static bool is_line(const char *string, size_t longest) {
  return string != NULL && string[0] != 0 && strlen(string) <= longest &&
         strpbrk(string, "\r\n") == NULL;
}

/* What is wrong with a program as it is filled in; NULL if nothing is. */
static const char *wrong_program(const vci_port_program *program) {
  static const char *const moving[] = {"main", "master", "trunk", "dev", "latest", "head"};
  static const char *const durabilities[] = {"flush", "close", "none"};
  if (!is_line(program->name, 100)) return "the program has no name";
  if (!is_line(program->version, 100)) return "the program has no version";
  if (index_of(program->version, moving, 6) >= 0) return "the version is the name of a branch";
  if (!is_line(language_of(program), 100)) return "the language is no line";
  if (program->homepage && !is_line(program->homepage, 1000)) return "the homepage is no line";
  if (program->features >> FEATURES != 0) return "a feature is unknown";
  if (program->write && !program->durability) return "the program writes and has no durability";
  if (program->durability && index_of(program->durability, durabilities, 3) < 0) {
    return "the durability is none of flush, close, none";
  }
  bool needs_open = program->info || program->read || writes(program);
  if (needs_open && !program->open) return "the program has operations on images, and no open";
  for (const vci_port_known *known = program->known; known && known->name; known++) {
    bool lines = is_line(known->name, 200) && is_line(known->issue, 1000);
    if (!lines) return "a known failure is not two lines";
    if (strchr(known->name, ' ') != NULL) return "the name of a known failure has a space";
  }
  return NULL;
}

/* ---- The session form ------------------------------------------------------------------------ */

static void add_member(text *to, const char *key, const char *value) {
  text_print(to, ", \"%s\": ", key);
  text_add_quoted(to, value);
}

static void add_number_member(text *to, const char *key, uint64_t value) {
  text_print(to, ", \"%s\": \"%llu\"", key, (unsigned long long)value);
}

static void add_name(text *to, const char *name, bool *first) {
  if (!*first) text_add(to, ", ", 2);
  *first = false;
  text_add_quoted(to, name);
}

static void add_caps(text *to, const vci_port_program *program) {
  bool first = true;
  text_print(to, ", \"protocol\": %d, \"caps\": {\"name\": ", PROTOCOL);
  text_add_quoted(to, program->name);
  add_member(to, "version", program->version);
  add_member(to, "language", language_of(program));
  if (program->homepage) add_member(to, "homepage", program->homepage);
  text_print(to, ", \"ops\": [");
  for (int index = 0; index < DECLARABLE; index++) {
    if (declared(program, index)) add_name(to, declared(program, index), &first);
  }
  first = true;
  text_print(to, "], \"features\": [");
  for (int index = 0; index < FEATURES; index++) {
    if (program->features >> index & 1) add_name(to, feature_names[index], &first);
  }
  text_print(to, "]");
  if (program->durability) add_member(to, "durability", program->durability);
  if (program->max_blocks) add_number_member(to, "maxBlocks", program->max_blocks);
  if (program->known) text_print(to, ", \"known\": [");
  for (const vci_port_known *known = program->known; known && known->name; known++) {
    text_print(to, "%s{\"name\": ", known == program->known ? "" : ", ");
    text_add_quoted(to, known->name);
    add_member(to, "issue", known->issue);
    text_print(to, "}");
  }
  if (program->known) text_print(to, "]");
  text_print(to, "}");
}

static void add_info(text *to, const vci_port_info *info) {
  char uuid[37], mod_uuid[37];
  print_uuid(uuid, info->uuid);
  print_uuid(mod_uuid, info->mod_uuid);
  add_number_member(to, "version", info->version);
  add_member(to, "type", info->fixed ? "fixed" : "dynamic");
  add_number_member(to, "blocks", info->blocks);
  text_print(to, ", \"dirty\": %s", info->dirty ? "true" : "false");
  add_member(to, "uuid", uuid);
  add_member(to, "modUuid", mod_uuid);
}

static void add_runs(text *to, const char *list, const char *word, const vci_port_call *call) {
  text_print(to, ", \"%s\": [", list);
  for (size_t index = 0; index < call->run_count; index++) {
    const run *each = &call->runs[index];
    text_print(to, "%s{\"%s\": \"%s\"", index ? ", " : "", word, run_words[each->kind]);
    add_number_member(to, "block", each->block);
    add_number_member(to, "count", each->count);
    text_print(to, "}");
  }
  text_print(to, "]");
}

static void add_findings(text *to, const vci_port_call *call) {
  text_print(to, "\"findings\": [");
  for (size_t index = 0; index < call->finding_count; index++) {
    text_print(to, "%s{\"rule\": \"%s\", \"class\": \"%s\"}", index ? ", " : "",
               call->findings[index].rule, call->findings[index].class_name);
  }
  text_print(to, "]");
}

/* Adds what an operation answers if it was carried out. */
static void add_result(text *to, const session *in, const vci_port_call *call) {
  switch (call->op) {
    case OP_HELLO: add_caps(to, in->program); break;
    case OP_INFO: add_info(to, &call->info); break;
    case OP_READ: add_runs(to, "runs", "state", call); break;
    case OP_WRITE:
      add_number_member(to, "written", call->written);
      if (call->run_count > 0) add_runs(to, "losses", "reason", call);
      break;
    case OP_CHECK:
      text_print(to, ", ");
      add_findings(to, call);
      if (call->check_exit >= 0) text_print(to, ", \"exit\": %d", call->check_exit);
      break;
    default: break;
  }
}

/* The answer to request `id`, as a line. */
static text make_answer(const session *in, const char *id, vci_port_outcome outcome,
                        const vci_port_call *call) {
  static const char *const words[] = {"ok", "refused", "unsupported", "not-implemented", "error"};
  text answer = {0};
  text_print(&answer, "{\"id\": %s, \"outcome\": \"%s\"", id, words[outcome]);
  if (outcome == VCI_PORT_OK) {
    add_result(&answer, in, call);
  } else {
    bool refused = outcome == VCI_PORT_REFUSED;
    if (refused && call->rule[0]) add_member(&answer, "rule", call->rule);
    if (refused && call->class_name[0]) add_member(&answer, "class", call->class_name);
    if (outcome == VCI_PORT_UNSUPPORTED) add_member(&answer, "feature", call->feature);
    if (call->message[0]) add_member(&answer, "message", call->message);
  }
  text_print(&answer, "}\n");
  return answer;
}

/* The member of this key; NULL if there is none. */
static const json *member_of(const json *object, const char *key) {
  for (const json *member = object->first; member != NULL; member = member->next) {
    if (strcmp(member->key, key) == 0) return member;
  }
  return NULL;
}

/* The string of a value without zero bytes; NULL if it is none. */
static const char *string_of(const json *value) {
  bool plain = value && value->kind == JSON_STRING && strlen(value->string) == value->length;
  return plain ? value->string : NULL;
}

/* The id of a request, as text; NULL if it has none. */
static const char *id_of(const json *object) {
  uint64_t number;
  const json *id = object->kind == JSON_OBJECT ? member_of(object, "id") : NULL;
  if (!id || id->kind != JSON_NUMBER || !parse_number(id->string, &number)) return NULL;
  return number <= 9007199254740991u ? id->string : NULL;
}

/* `protocol` of hello: versions from 1 on, one at least. */
static bool parse_protocol(const json *value, request *into) {
  if (value->kind != JSON_ARRAY || value->first == NULL) return false;
  for (const json *item = value->first; item != NULL; item = item->next) {
    uint64_t version;
    if (item->kind != JSON_NUMBER || !parse_number(item->string, &version) || version == 0) {
      return false;
    }
    if (version == PROTOCOL) into->speaks_protocol = true;
  }
  return true;
}

/* `features` of hello: names, which may be unknown to us. */
static bool parse_features(const json *value) {
  if (value->kind != JSON_ARRAY) return false;
  for (const json *item = value->first; item != NULL; item = item->next) {
    if (item->kind != JSON_STRING || item->length == 0) return false;
  }
  return true;
}

static bool parse_field(field which, const json *value, request *into) {
  if (which == F_PROTOCOL) return parse_protocol(value, into);
  if (which == F_FEATURES) return parse_features(value);
  const char *string = string_of(value);
  return string != NULL && parse_string_field(which, string, into);
}

static field field_of(const char *key) {
  return (field)index_of(key, field_keys, F_COUNT);
}

/* Reads the fields of a request whose operation is known. Says what is wrong, or nothing. */
static bool parse_fields(const json *object, request *into, char *wrong, size_t size) {
  unsigned needed = operations[into->op].needed, seen = 0;
  unsigned allowed = needed | operations[into->op].optional;
  for (const json *member = object->first; member != NULL; member = member->next) {
    if (strcmp(member->key, "id") == 0 || strcmp(member->key, "op") == 0) continue;
    int which = (int)field_of(member->key);
    if (which < 0 || !(allowed & BIT(which))) {
      snprintf(wrong, size, "a request of this kind has no key \"%.40s\"", member->key);
      return false;
    }
    if (!parse_field((field)which, member, into)) {
      snprintf(wrong, size, "the value of \"%s\" is wrong", member->key);
      return false;
    }
    seen |= BIT(which);
  }
  for (int which = 0; which < F_COUNT; which++) {
    if (needed & ~seen & BIT(which)) {
      snprintf(wrong, size, "the key \"%s\" is missing", field_keys[which]);
      return false;
    }
  }
  return true;
}

/* The operation of a request; OP_COUNT if it is unknown, -1 if there is none. */
static int operation_of(const json *object) {
  const char *name = string_of(member_of(object, "op"));
  if (name == NULL) return -1;
  int op = 0;
  while (op < OP_COUNT && strcmp(operations[op].name, name) != 0) op++;
  return op;
}

/* Answers a request that has an id. `greeted` tells whether there was a hello. */
static text answer_request(session *in, const json *object, bool *greeted, bool *ended) {
  request asked = {0};
  vci_port_call call = {.data = -1};
  vci_port_outcome outcome = VCI_PORT_NOT_IMPLEMENTED;
  int op = operation_of(object);
  if (op < 0) {
    outcome = wrong_request(&call, "the key \"op\" is missing or wrong");
  } else if (op < OP_COUNT && (op == OP_HELLO) == *greeted) {
    outcome = wrong_request(&call, *greeted ? "hello comes once" : "hello comes first");
  } else if (op < OP_COUNT) {
    char wrong[120];
    asked.op = (operation)op;
    if (!parse_fields(object, &asked, wrong, sizeof wrong)) {
      outcome = wrong_request(&call, wrong);
    } else if (op == OP_HELLO && !asked.speaks_protocol) {
      outcome = vci_port_unsupported(&call, "protocol");
    } else {
      outcome = perform(in, &asked, &call);
      if (op == OP_HELLO) *greeted = true;
      *ended = op == OP_BYE;
    }
  }
  text answer = make_answer(in, id_of(object), outcome, &call);
  call_end(&call);
  return answer;
}

/* Lines of standard input. */
typedef struct {
  char *bytes; /* MAX_LINE of them */
  size_t length;
  size_t taken; /* by the line that was given out */
} line_reader;

typedef enum { LINE_READ, LINE_NONE, LINE_TOO_LONG, LINE_CUT } line_result;

/* The next line, without its line feed. */
static line_result next_line(line_reader *from, char **line, size_t *length) {
  memmove(from->bytes, from->bytes + from->taken, from->length - from->taken);
  from->length -= from->taken;
  from->taken = 0;
  size_t searched = 0;
  for (;;) {
    char *feed = memchr(from->bytes + searched, '\n', from->length - searched);
    if (feed != NULL) {
      *line = from->bytes;
      *length = (size_t)(feed - from->bytes);
      from->taken = *length + 1;
      return LINE_READ;
    }
    searched = from->length;
    if (from->length == MAX_LINE) return LINE_TOO_LONG;
    ssize_t got = read(STDIN_FILENO, from->bytes + from->length, MAX_LINE - from->length);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return from->length == 0 ? LINE_NONE : LINE_CUT;
    from->length += (size_t)got;
  }
}

/* Takes a line, and answers it. Returns an exit code, or -1 if the session goes on. */
static int answer_line(session *in, const char *line, size_t length, int answers, bool *greeted) {
  const char *wrong = "it is no object with an id";
  bool ended = false;
  json *object = json_parse(line, length, &wrong);
  if (object == NULL || id_of(object) == NULL) {
    json_free(object);
    fprintf(stderr, "vci_port: a request cannot be answered: %s\n", wrong);
    return EXIT_UNANSWERED;
  }
  text answer = answer_request(in, object, greeted, &ended);
  json_free(object);
  bool sent = answer.length <= MAX_LINE && write_all(answers, answer.bytes, answer.length);
  text_clear(&answer);
  if (!sent) fprintf(stderr, "vci_port: an answer could not be sent\n");
  return !sent ? EXIT_OUTPUT : ended ? EXIT_DONE : -1;
}

/* The descriptor that takes the answers. What else is printed goes to standard error. */
static int answers_descriptor(void) {
  const char *number = getenv("VCI_PORT_FD");
  uint64_t descriptor = 0;
  if (number != NULL) {
    if (!parse_number(number, &descriptor) || descriptor > 1000000 ||
        fcntl((int)descriptor, F_GETFD) < 0) {
      die(EXIT_USAGE, "VCI_PORT_FD is no open descriptor");
    }
    return (int)descriptor;
  }
  int answers = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
  if (answers < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0) {
    die(EXIT_OUTPUT, "standard output or standard error is closed");
  }
  return answers;
}

static int run_session(session *in) {
  int answers = answers_descriptor(), code = -1;
  bool greeted = false;
  line_reader lines = {.bytes = need(malloc(MAX_LINE))};
  while (code < 0) {
    char *line;
    size_t length;
    switch (next_line(&lines, &line, &length)) {
      case LINE_READ: code = answer_line(in, line, length, answers, &greeted); break;
      case LINE_NONE: code = EXIT_DONE; break;
      case LINE_TOO_LONG:
        fprintf(stderr, "vci_port: a request has more than 1 MiB\n");
        code = EXIT_UNANSWERED;
        break;
      case LINE_CUT:
        fprintf(stderr, "vci_port: the last request has no line feed\n");
        code = EXIT_UNANSWERED;
        break;
    }
  }
  close_all(in);
  free(lines.bytes);
  return code;
}

/* ---- The simple form ------------------------------------------------------------------------- */

/* How an operation of the simple form is composed. */
typedef struct {
  const char *name;
  operation op;
  const field fields[5]; /* of the arguments behind the image, in order; ends with F_IMAGE */
  int least;             /* how many of the arguments must be there */
  bool opens;            /* the image is opened before, and closed behind */
  vci_port_mode mode;
} simple_operation;

static const simple_operation simple_operations[] = {
  {"probe", OP_PROBE, {F_IMAGE}, 0, false, VCI_PORT_READ_ONLY},
  {"open-ro", OP_PING, {F_EXPECTED, F_IMAGE}, 0, true, VCI_PORT_READ_ONLY},
  {"open-rw", OP_PING, {F_EXPECTED, F_IMAGE}, 0, true, VCI_PORT_READ_WRITE},
  {"info", OP_INFO, {F_IMAGE}, 0, true, VCI_PORT_READ_ONLY},
  {"read", OP_READ, {F_BLOCK, F_RUN, F_FILE, F_IMAGE}, 3, true, VCI_PORT_READ_ONLY},
  {"extents", OP_EXTENTS, {F_IMAGE}, 0, false, VCI_PORT_READ_ONLY},
  {"create", OP_CREATE, {F_BLOCKS, F_TYPE, F_UUID, F_IMAGE}, 3, false, VCI_PORT_READ_WRITE},
  {"write", OP_WRITE, {F_BLOCK, F_RUN, F_FILE, F_IMAGE}, 3, true, VCI_PORT_READ_WRITE},
  {"discard", OP_DISCARD, {F_BLOCK, F_RUN, F_IMAGE}, 2, true, VCI_PORT_READ_WRITE},
  {"flush", OP_FLUSH, {F_IMAGE}, 0, true, VCI_PORT_READ_WRITE},
  {"set-moduuid", OP_SET_MODUUID, {F_UUID, F_IMAGE}, 1, true, VCI_PORT_READ_WRITE},
  {"check", OP_CHECK, {F_IMAGE}, 0, false, VCI_PORT_READ_ONLY},
};

static int usage(const char *why) {
  fprintf(stderr,
          "vci_port: %s\n"
          "usage: caps | session\n"
          "       probe IMG | open-ro IMG [MODUUID] | open-rw IMG [MODUUID] | info IMG\n"
          "       read IMG BLOCK COUNT OUTFILE | extents IMG\n"
          "       create IMG BLOCKS dynamic|fixed UUID | write IMG BLOCK COUNT INFILE\n"
          "       discard IMG BLOCK COUNT | flush IMG | set-moduuid IMG UUID\n"
          "       check IMG [--repair leaks|all]\n", why);
  return EXIT_USAGE;
}

static void print_caps(text *to, const vci_port_program *program) {
  const char *pairs[][2] = {{"name=", program->name}, {"version=", program->version},
                            {"language=", language_of(program)},
                            {"homepage=", program->homepage}, {"durability=", program->durability}};
  for (size_t index = 0; index < sizeof pairs / sizeof *pairs; index++) {
    if (pairs[index][1] == NULL) continue;
    text_add(to, pairs[index][0], strlen(pairs[index][0]));
    text_add(to, pairs[index][1], strlen(pairs[index][1]));
    text_add(to, "\n", 1);
  }
  for (int index = 0; index < DECLARABLE; index++) {
    if (declared(program, index)) text_print(to, "%s\n", declared(program, index));
  }
  for (int index = 0; index < FEATURES; index++) {
    if (program->features >> index & 1) text_print(to, "%s\n", feature_names[index]);
  }
  if (program->max_blocks) {
    text_print(to, "max-blocks=%llu\n", (unsigned long long)program->max_blocks);
  }
  for (const vci_port_known *known = program->known; known && known->name; known++) {
    text_print(to, "known=%s ", known->name);
    text_add(to, known->issue, strlen(known->issue));
    text_add(to, "\n", 1);
  }
}

static void print_info(text *to, const vci_port_info *info) {
  char uuid[37], mod_uuid[37];
  print_uuid(uuid, info->uuid);
  print_uuid(mod_uuid, info->mod_uuid);
  text_print(to, "version=%u\ntype=%s\nblocks=%llu\ndirty=%s\n", (unsigned)info->version,
             info->fixed ? "fixed" : "dynamic", (unsigned long long)info->blocks,
             info->dirty ? "yes" : "no");
  text_print(to, "uuid=%s\nmoduuid=%s\n", uuid, mod_uuid);
}

/* Prints what an operation answers if it was carried out. */
static void print_result(text *to, const vci_port_call *call) {
  if (call->op == OP_WRITE) {
    text_print(to, "written %llu\n", (unsigned long long)call->written);
  }
  for (size_t index = 0; index < call->run_count; index++) {
    text_print(to, "%s %llu %llu\n", run_words[call->runs[index].kind],
               (unsigned long long)call->runs[index].block,
               (unsigned long long)call->runs[index].count);
  }
  if (call->op == OP_INFO) print_info(to, &call->info);
  if (call->op == OP_EXTENTS) text_add(to, call->list.bytes, call->list.length);
  if (call->op == OP_CHECK) {
    text_print(to, "{");
    add_findings(to, call);
    text_print(to, "}\n");
  }
}

/* Says on standard error why an operation was not carried out. Returns the exit code. */
static int explain(vci_port_outcome outcome, const vci_port_call *call) {
  const char *gap = call->rule[0] && call->class_name[0] ? " " : "";
  switch (outcome) {
    case VCI_PORT_OK: return EXIT_DONE;
    case VCI_PORT_REFUSED:
      fprintf(stderr, "%s%s%s: %s\n", call->rule, gap, call->class_name, call->message);
      return EXIT_REFUSED;
    case VCI_PORT_UNSUPPORTED:
      fprintf(stderr, "%s: not supported\n", call->feature);
      return EXIT_UNSUPPORTED;
    case VCI_PORT_NOT_IMPLEMENTED: return EXIT_NOT_IMPLEMENTED;
    case VCI_PORT_ERROR: break;
  }
  fprintf(stderr, "vci_port: %s\n", call->message);
  return EXIT_FAULT;
}

/* Carries out one request of those that make up an operation. */
static int run_part(session *in, const request *asked, text *output) {
  vci_port_call call;
  vci_port_outcome outcome = perform(in, asked, &call);
  int code = explain(outcome, &call);
  if (outcome == VCI_PORT_OK) print_result(output, &call);
  call_end(&call);
  return code;
}

/* Opens the image if need be, does the work, and closes the image whatever came of it. */
static int run_parts(session *in, const simple_operation *simple, const request *asked,
                     text *output) {
  request part = *asked;
  if (!implements(in->program, &part)) return EXIT_NOT_IMPLEMENTED;
  if (!simple->opens) return run_part(in, &part, output);
  part.op = OP_OPEN;
  int code = run_part(in, &part, output);
  if (code != EXIT_DONE) return code;
  part.op = simple->op;
  code = run_part(in, &part, output);
  if (code != EXIT_DONE) {
    close_all(in);
    return code;
  }
  part.op = OP_CLOSE;
  return run_part(in, &part, output);
}

/* The paths of the simple form are those that the shell gave: any may do. */
static bool parse_argument(field which, const char *argument, request *into) {
  if (which != F_FILE) return parse_string_field(which, argument, into);
  if (argument[0] == 0 || strlen(argument) > MAX_PATH_BYTES) return false;
  memcpy(into->file, argument, strlen(argument) + 1);
  return true;
}

/* Reads the arguments behind the name of the operation. */
static bool parse_arguments(const simple_operation *simple, int count, char **arguments,
                            request *into) {
  *into = (request){.op = simple->op, .mode = simple->mode, .handle = "h"};
  if (count < 1 || arguments[0][0] == 0 || strlen(arguments[0]) > MAX_PATH_BYTES) return false;
  memcpy(into->image, arguments[0], strlen(arguments[0]) + 1);
  if (simple->op == OP_CHECK && count == 3 && strcmp(arguments[1], "--repair") == 0) {
    return parse_repair(arguments[2], &into->repair) && into->repair >= VCI_PORT_REPAIR_LEAKS;
  }
  int taken = 0;
  while (simple->fields[taken] != F_IMAGE && taken + 1 < count) {
    if (!parse_argument(simple->fields[taken], arguments[taken + 1], into)) return false;
    taken++;
  }
  return taken >= simple->least && taken + 1 == count;
}

/* Prints what was answered, once all is done. */
static int print_output(text *output, int answers, int code) {
  if (code == EXIT_DONE && !write_all(answers, output->bytes, output->length)) code = EXIT_OUTPUT;
  text_clear(output);
  return code;
}

static int run_simple(session *in, int argc, char **argv) {
  text output = {0};
  if (strcmp(argv[1], "caps") == 0) {
    if (argc != 2) return usage("caps takes no arguments");
    print_caps(&output, in->program);
    return print_output(&output, answers_descriptor(), EXIT_DONE);
  }
  for (size_t index = 0; index < sizeof simple_operations / sizeof *simple_operations; index++) {
    const simple_operation *simple = &simple_operations[index];
    if (strcmp(argv[1], simple->name) != 0) continue;
    request asked;
    if (!parse_arguments(simple, argc - 2, argv + 2, &asked)) return usage("wrong arguments");
    int answers = answers_descriptor();
    in->simple = true;
    int code = run_parts(in, simple, &asked, &output);
    return print_output(&output, answers, code);
  }
  return usage("no such operation");
}

int vci_port_main(int argc, char **argv, const vci_port_program *program) {
  const char *wrong = wrong_program(program);
  if (wrong != NULL) die(EXIT_FAULT, wrong);
  signal(SIGPIPE, SIG_IGN);
  session in = {.program = program};
  if (argc < 2) return usage("no operation");
  if (argc == 2 && strcmp(argv[1], "session") == 0) return run_session(&in);
  return run_simple(&in, argc, argv);
}
