/*
 * A model server that does nothing, fast: one thread, epoll, HTTP/1.1 keep-alive.
 *
 *   mock --port N [--pace-ms 20] [--chunks 64]      (port 0: any free one; prints "port N")
 *
 * POST /v1/chat/completions, /v1/completions   about 600 bytes of JSON at once, or with "stream":true paced
 *     events. Every content event carries "@<CLOCK_MONOTONIC ns>@" as its text: whoever reads it knows how long
 *     it travelled. A body may ask for more: "mock_die_after":N resets the connection after N events,
 *     "mock_status":429 (or any other) answers that error with Retry-After, "mock_pace_ms":N sets the pace.
 * GET /health /v1/models /is_sleeping, POST /sleep /wake_up   enough of a vLLM for an engine to attach to.
 * GET /stats   what was seen: requests, streams, clients that left before their answer ended, and when.
 */
#include "streams.h"

#define MAX_BODY (64u << 20)
#define READ_CHUNK (64 << 10)

static int ep, timer, chunks = 64;
static uint64_t pace_ns = 20 * MILLI;
static bool asleep;
static struct {
  uint64_t requests, streams, finished, aborted, last_abort, while_asleep, bad, connections;
} stats;
static Conn *graveyard;
static Buf answer;

/* -- connections ------------------------------------------------------------------------------------------ */

static void bury(Conn *c) {
  if (c->dead) return;
  c->dead = true;
  if (c->left > 0) {
    stats.aborted++;
    stats.last_abort = now_ns();
  }
  if (c->at >= 0) heap_remove(c);
  close(c->fd);
  c->next = graveyard;
  graveyard = c;
}

static void flush_out(Conn *c) {
  size_t done = 0;
  while (done < c->out.len) {
    ssize_t n = send(c->fd, c->out.p + done, c->out.len - done, MSG_NOSIGNAL);
    if (n < 0 && errno == EAGAIN) break;
    if (n < 0) {
      bury(c);
      return;
    }
    done += (size_t)n;
  }
  buf_drop(&c->out, done);
  bool want = c->out.len > 0;
  if (want != c->want_write) {
    c->want_write = want;
    watch(ep, EPOLL_CTL_MOD, c->fd, EPOLLIN | EPOLLRDHUP | (want ? EPOLLOUT : 0), c);
  }
  if (!want && c->closing && c->left == 0) bury(c);
}

static void reply(Conn *c, const char *status, const char *extra, const char *body) {
  char head[512];
  int n = snprintf(head, sizeof head,
      "HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n%s\r\n", status, strlen(body), extra);
  buf_add(&c->out, head, (size_t)n);
  buf_add(&c->out, body, strlen(body));
}

static void event(Conn *c, const char *json) {
  char frame[1024];
  int n = snprintf(frame, sizeof frame, "%zx\r\ndata: %s\n\n\r\n", strlen(json) + 8, json);
  buf_add(&c->out, frame, (size_t)n);
}

static void next_event(Conn *c) {
  if (c->die_after >= 0 && c->sent >= c->die_after) {
    struct linger reset = {.l_onoff = 1, .l_linger = 0};
    setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    c->left = 0;
    bury(c);
    return;
  }
  char json[512];
  snprintf(json, sizeof json,
      "{\"id\":\"chatcmpl-bench\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\"model\":\"bench\","
      "\"choices\":[{\"index\":0,\"delta\":{\"content\":\"@%llu@\"},\"finish_reason\":null}]}",
      (unsigned long long)now_ns());
  event(c, json);
  c->sent++;
  if (--c->left > 0) {
    c->due += c->pace;
    heap_add(c);
  } else {
    if (c->usage)
      event(c, "{\"id\":\"chatcmpl-bench\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,"
          "\"model\":\"bench\",\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":64,"
          "\"total_tokens\":73}}");
    event(c, "[DONE]");
    buf_add(&c->out, "0\r\n\r\n", 5);
    stats.finished++;
  }
  flush_out(c);
}

/* -- requests --------------------------------------------------------------------------------------------- */

/* The number after "key": in a body, or `otherwise`. The bodies are the bench's own, so this need not be a parser. */
static long asked(const char *body, const char *key, long otherwise) {
  const char *at = strstr(body, key);
  if (!at) return otherwise;
  at += strlen(key);
  while (*at == '"' || *at == ':' || *at == ' ') at++;
  return strtol(at, NULL, 10);
}

static bool has(const char *body, const char *key) {
  const char *at = strstr(body, key);
  if (!at) return false;
  at += strlen(key);
  while (*at == ' ') at++;
  return strncmp(at, "true", 4) == 0;
}

static void complete(Conn *c, const char *body) {
  if (asleep) {
    stats.while_asleep++;
    reply(c, "503 Service Unavailable", "",
        "{\"error\":{\"message\":\"asleep\",\"type\":\"server_error\",\"param\":null,\"code\":\"asleep\"}}");
    return;
  }
  long status = asked(body, "\"mock_status\"", 200);
  if (status != 200) {
    char line[64];
    snprintf(line, sizeof line, "%ld Asked For", status);
    reply(c, line, "Retry-After: 7\r\n",
        "{\"error\":{\"message\":\"asked for by the request\",\"type\":\"rate_limit_error\",\"param\":null,"
        "\"code\":\"rate_limit_exceeded\"}}");
    return;
  }
  if (!has(body, "\"stream\":")) {
    buf_add(&c->out, answer.p, answer.len);
    return;
  }
  static const char head[] =
      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-cache\r\n"
      "Transfer-Encoding: chunked\r\n\r\n";
  buf_add(&c->out, head, sizeof head - 1);
  stats.streams++;
  c->left = chunks;
  c->sent = 0;
  c->die_after = (int)asked(body, "\"mock_die_after\"", -1);
  c->usage = has(body, "\"include_usage\":");
  c->pace = (uint64_t)asked(body, "\"mock_pace_ms\"", (long)(pace_ns / MILLI)) * MILLI;
  c->due = now_ns();
  next_event(c);
}

static void route(Conn *c, const char *method, const char *path, const char *body) {
  stats.requests++;
  if (!strcmp(method, "POST") && (!strcmp(path, "/v1/chat/completions") || !strcmp(path, "/v1/completions"))) {
    complete(c, body);
  } else if (!strcmp(path, "/health") || !strcmp(path, "/version")) {
    reply(c, "200 OK", "", "{\"version\":\"0.0.0-mock\"}");
  } else if (!strcmp(path, "/v1/models")) {
    reply(c, "200 OK", "",
        "{\"object\":\"list\",\"data\":[{\"id\":\"bench\",\"object\":\"model\",\"created\":1700000000,"
        "\"owned_by\":\"mock\",\"root\":\"bench\",\"max_model_len\":4096}]}");
  } else if (!strcmp(path, "/is_sleeping")) {
    reply(c, "200 OK", "", asleep ? "{\"is_sleeping\":true}" : "{\"is_sleeping\":false}");
  } else if (!strncmp(path, "/sleep", 6) || !strncmp(path, "/wake_up", 8)) {
    asleep = path[1] == 's';
    reply(c, "200 OK", "", "{}");
  } else if (!strcmp(path, "/stats")) {
    char json[512];
    snprintf(json, sizeof json,
        "{\"requests\":%llu,\"connections\":%llu,\"streams\":%llu,\"finished\":%llu,\"aborted\":%llu,"
        "\"lastAbortNanos\":%llu,\"whileAsleep\":%llu,\"bad\":%llu}",
        (unsigned long long)stats.requests, (unsigned long long)stats.connections,
        (unsigned long long)stats.streams, (unsigned long long)stats.finished, (unsigned long long)stats.aborted,
        (unsigned long long)stats.last_abort, (unsigned long long)stats.while_asleep, (unsigned long long)stats.bad);
    reply(c, "200 OK", "", json);
  } else {
    reply(c, "404 Not Found", "",
        "{\"error\":{\"message\":\"no such path\",\"type\":\"not_found_error\",\"param\":null,\"code\":null}}");
  }
}

static const char *header(const char *head, const char *name) {
  for (const char *at = head; (at = strstr(at, "\r\n")) && at[2];) {
    at += 2;
    if (!strncasecmp(at, name, strlen(name)) && at[strlen(name)] == ':') {
      at += strlen(name) + 1;
      while (*at == ' ') at++;
      return at;
    }
  }
  return NULL;
}

/* Takes the chunk framing out of a body in place; the framed length, 0 when more must come, -1 when it is wrong. */
static long unchunk(char *p, size_t len, size_t *plain) {
  size_t at = 0, to = 0;
  char *copy = malloc(len + 1); /* so that an incomplete body stays as it came */
  if (!copy) die("memory");
  for (;;) {
    char *eol = memmem(p + at, len - at, "\r\n", 2);
    if (!eol) break;
    char *end;
    unsigned long size = strtoul(p + at, &end, 16);
    if (end == p + at || size > MAX_BODY) {
      free(copy);
      return -1;
    }
    at = (size_t)(eol - p) + 2;
    if (at + size + 2 > len) break;
    memcpy(copy + to, p + at, size);
    to += size;
    at += size + 2;
    if (size == 0) {
      memcpy(p, copy, to);
      *plain = to;
      free(copy);
      return (long)at;
    }
  }
  free(copy);
  return 0;
}

/* Serves one request if it is wholly there; a second one waits until a running stream has ended. */
static bool serve_one(Conn *c) {
  if (c->dead || c->left > 0 || c->closing || c->in.len == 0) return false;
  buf_room(&c->in, 1);
  c->in.p[c->in.len] = 0;
  char *end = strstr(c->in.p, "\r\n\r\n");
  if (!end) return false;
  *end = 0;
  size_t head_len = (size_t)(end - c->in.p) + 4, body_len = 0, framed = 0;
  const char *length = header(c->in.p, "content-length");
  const char *coding = header(c->in.p, "transfer-encoding");
  const char *close_it = header(c->in.p, "connection");
  bool closing = close_it && !strncasecmp(close_it, "close", 5);
  if (coding && !strncasecmp(coding, "chunked", 7)) {
    long n = unchunk(c->in.p + head_len, c->in.len - head_len, &body_len);
    if (n <= 0) {
      *end = '\r';
      if (n < 0) {
        stats.bad++;
        bury(c);
      }
      return false;
    }
    framed = (size_t)n;
  } else if (length) {
    body_len = framed = strtoul(length, NULL, 10);
    if (body_len > MAX_BODY) {
      stats.bad++;
      bury(c);
      return false;
    }
    if (c->in.len < head_len + framed) {
      *end = '\r';
      return false;
    }
  }
  char method[8], path[512];
  if (sscanf(c->in.p, "%7s %511s", method, path) != 2) {
    stats.bad++;
    bury(c);
    return false;
  }
  char *body = c->in.p + head_len, kept = body[body_len];
  body[body_len] = 0;
  c->closing = closing;
  route(c, method, path, body);
  body[body_len] = kept;
  buf_drop(&c->in, head_len + framed);
  return !c->dead;
}

static void readable(Conn *c) {
  for (;;) {
    buf_room(&c->in, READ_CHUNK + 1);
    size_t room = c->in.cap - c->in.len - 1;
    ssize_t n = recv(c->fd, c->in.p + c->in.len, room, 0);
    if (n < 0 && errno == EAGAIN) break;
    if (n <= 0) {
      bury(c);
      return;
    }
    c->in.len += (size_t)n;
    if (c->in.len > MAX_BODY) {
      stats.bad++;
      bury(c);
      return;
    }
    if ((size_t)n < room) break;
  }
  while (serve_one(c)) {
  }
  if (!c->dead && c->out.len > 0) flush_out(c);
}

static void accept_all(int listener) {
  for (int fd; (fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC)) >= 0;) {
    Conn *c = calloc(1, sizeof *c);
    if (!c) die("memory");
    c->fd = fd;
    c->at = -1;
    tune_socket(fd);
    stats.connections++;
    watch(ep, EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLRDHUP, c);
  }
}

static void build_answer(void) {
  char body[1024];
  int n = snprintf(body, sizeof body,
      "{\"id\":\"chatcmpl-bench\",\"object\":\"chat.completion\",\"created\":1700000000,\"model\":\"bench\","
      "\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"%s\"},\"logprobs\":null,"
      "\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":64,\"total_tokens\":73},"
      "\"system_fingerprint\":\"mock\"}",
      "The sea is deep and the sky is wide, and somewhere between the two a small ship keeps its course by the "
      "stars, the wind at its back, its lamps lit, its crew asleep but for one who counts the hours and writes "
      "each of them down in a book that nobody will ever read. In the morning there is land. ");
  char head[256];
  int h = snprintf(head, sizeof head,
      "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n", n);
  buf_add(&answer, head, (size_t)h);
  buf_add(&answer, body, (size_t)n);
}

int main(int argc, char **argv) {
  int port = 0;
  for (int i = 1; i + 1 < argc; i += 2) {
    if (!strcmp(argv[i], "--port")) port = atoi(argv[i + 1]);
    else if (!strcmp(argv[i], "--pace-ms")) pace_ns = strtoull(argv[i + 1], NULL, 10) * MILLI;
    else if (!strcmp(argv[i], "--chunks")) chunks = atoi(argv[i + 1]);
    else {
      fprintf(stderr, "unknown flag %s\n", argv[i]);
      return 2;
    }
  }
  signal(SIGPIPE, SIG_IGN);
  raise_file_limit();
  build_answer();
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), one = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  struct sockaddr_in me = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port),
                           .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof me;
  if (bind(listener, (struct sockaddr *)&me, size) < 0 || listen(listener, 4096) < 0) die("listen");
  getsockname(listener, (struct sockaddr *)&me, &size);
  printf("port %d\n", ntohs(me.sin_port));
  fflush(stdout);

  ep = epoll_create1(EPOLL_CLOEXEC);
  timer = timer_new();
  watch(ep, EPOLL_CTL_ADD, listener, EPOLLIN, &ep);
  watch(ep, EPOLL_CTL_ADD, timer, EPOLLIN, &timer);
  uint64_t armed = 0;
  for (;;) {
    struct epoll_event events[256];
    int n = epoll_wait(ep, events, 256, -1);
    if (n < 0 && errno != EINTR) die("epoll_wait");
    for (int i = 0; i < n; i++) {
      void *tag = events[i].data.ptr;
      Conn *c = tag;
      if (tag == &ep) accept_all(listener);
      else if (tag == &timer) timer_drain(timer), armed = 0;
      else if (c->dead) continue;
      else if (events[i].events & (EPOLLHUP | EPOLLERR | EPOLLRDHUP)) bury(c);
      else {
        if (events[i].events & EPOLLOUT) flush_out(c);
        if (!c->dead && (events[i].events & EPOLLIN)) readable(c);
      }
    }
    for (uint64_t now = now_ns(); heap_len > 0 && heap[0]->due <= now;) {
      Conn *c = heap[0];
      heap_remove(c);
      next_event(c);
      /* A client may have sent its next request while the stream ran. */
      if (!c->dead && c->left == 0) {
        while (serve_one(c)) {
        }
        if (!c->dead) flush_out(c);
      }
    }
    uint64_t want = heap_len > 0 ? heap[0]->due : 0;
    if (want != armed) timer_arm(timer, armed = want);
    while (graveyard) {
      Conn *c = graveyard;
      graveyard = c->next;
      free(c->in.p);
      free(c->out.p);
      free(c);
    }
  }
}
