/* An HTTP/1.1 answer, read piece by piece: by length, chunked, or until the connection ends. */
#ifndef ANSWER_H
#define ANSWER_H

#include "wire.h"

typedef struct {
  char head[8192];
  size_t head_len;
  bool in_body, chunked, until_close, close_after;
  int status;
  enum { SIZE_LINE, DATA, DATA_END, TRAILER } framing;
  uint64_t body_left, body_len;
  char line[32];
  size_t line_len;
} Answer;

typedef void Sink(void *of, const char *p, size_t n, uint64_t now);

static void answer_begin(Answer *a) {
  a->head_len = a->line_len = 0;
  a->in_body = false;
  a->body_len = 0;
}

static bool read_head(Answer *a) {
  a->head[a->head_len] = 0;
  if (sscanf(a->head, "HTTP/1.%*d %d", &a->status) != 1) return false;
  a->chunked = a->close_after = false;
  a->until_close = true;
  a->body_left = 0;
  for (char *at = a->head; (at = strstr(at, "\r\n")) && at[2] != '\r';) {
    at += 2;
    if (!strncasecmp(at, "content-length:", 15)) {
      a->body_left = strtoull(at + 15, NULL, 10);
      a->until_close = false;
    } else if (!strncasecmp(at, "transfer-encoding:", 18)) {
      a->chunked = true;
      a->until_close = false;
    } else if (!strncasecmp(at, "connection:", 11)) {
      char *v = at + 11;
      while (*v == ' ') v++;
      a->close_after = !strncasecmp(v, "close", 5);
    }
  }
  a->in_body = true;
  a->framing = SIZE_LINE;
  return true;
}

/* A line of the chunked framing ended: 1 when that was the answer's last, -1 when it is wrong, else 0. */
static int framing_line(Answer *a) {
  a->line[a->line_len] = 0;
  bool blank = a->line_len == 0;
  a->line_len = 0;
  switch (a->framing) {
    case DATA_END:
      a->framing = SIZE_LINE;
      return blank ? 0 : -1;
    case TRAILER:
      return blank ? 1 : 0;
    default:
      if (!strchr("0123456789abcdefABCDEF", a->line[0]) || blank) return -1;
      a->body_left = strtoull(a->line, NULL, 16);
      a->framing = a->body_left ? DATA : TRAILER;
      return 0;
  }
}

/* Takes what was read; 1 when the answer is whole, 0 when more must come, -1 when it is malformed. */
static int answer_feed(Answer *a, const char *p, size_t n, Sink *sink, void *of, uint64_t now) {
  size_t i = 0;
  while (!a->in_body) {
    if (i == n) return 0;
    if (a->head_len == sizeof a->head - 1) return -1;
    a->head[a->head_len++] = p[i++];
    if (p[i - 1] == '\n' && a->head_len >= 4 && !memcmp(a->head + a->head_len - 4, "\r\n\r\n", 4)) {
      if (!read_head(a)) return -1;
      if (!a->chunked && !a->until_close && a->body_left == 0) return i == n ? 1 : -1;
    }
  }
  while (i < n) {
    if (!a->chunked || a->framing == DATA) {
      size_t take = n - i;
      if (!a->until_close && take > a->body_left) take = (size_t)a->body_left;
      a->body_len += take;
      if (sink) sink(of, p + i, take, now);
      i += take;
      if (a->until_close) continue;
      a->body_left -= take;
      if (a->body_left > 0) continue;
      if (!a->chunked) return i == n ? 1 : -1;
      a->framing = DATA_END;
    } else if (p[i] == '\n') {
      i++;
      int r = framing_line(a);
      if (r < 0) return -1;
      if (r > 0) return i == n ? 1 : -1;
    } else {
      if (a->line_len == sizeof a->line - 1) return -1;
      if (p[i] != '\r') a->line[a->line_len++] = p[i];
      i++;
    }
  }
  return 0;
}

#endif
