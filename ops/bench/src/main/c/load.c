/*
 * The load generator: one thread, epoll, HTTP/1.1 keep-alive; every answer is read to its end and checked.
 *
 *   load closed  --port N --seconds S --connections C            as fast as answers come
 *   load open    --port N --seconds S --rate R [--connections C] fixed arrival times
 *   load streams --port N --streams N --passes P [--pace-ms 20] [--chunks 64] [--ramp-ms 200]
 *   common: [--warm-ms 250] [--model bench] [--path /v1/chat/completions] [--cpu PID,PID,…]
 *
 * Latency counts from the moment a request was due, so a stall is paid by every request that had to wait for it.
 * The CPU time of the processes named by --cpu is read at the start and the end of the measured part by their
 * POSIX clocks: nanoseconds, all threads, those that ended as well. Prints one JSON object.
 */
#include "answer.h"

enum { IDLE, BUSY };

typedef struct Conn {
  int fd, state;
  uint64_t due;        /* when the request in flight should have been sent */
  bool counted;        /* it belongs to the measured part */
  Answer answer;
  /* the events within it */
  uint64_t stamp, last_event;
  bool in_stamp, done_seen;
  int events, done_match, passes;
  struct Conn *next_idle;
} Conn;

typedef struct {
  uint64_t *v;
  size_t len, cap;
} Samples;

static enum { CLOSED, OPEN, STREAMS } mode;
static int port, connections = 64, max_connections = 1024, streams = 200, passes = 1, expect_events = 64;
static double seconds = 2, rate = 500;
static uint64_t warm = 250 * MILLI, pace = 20 * MILLI, ramp = 200 * MILLI;
static const char *model = "bench", *path = "/v1/chat/completions";
static pid_t pids[64];
static int pid_count;

static int ep, timer, open_conns, in_flight;
static Buf request;
static Conn *idle;
static bool stopping;
static uint64_t start, measure_from, measure_to, ok, ok_in_window, failed, connects, late_events, lost_events, events;
static uint64_t unanswered, late_sends;
static char first_failure[160];
static Samples latency, first_byte, travel, gap;

static void sample(Samples *s, uint64_t v) {
  if (s->len == s->cap) {
    s->cap = s->cap ? s->cap * 2 : 65536;
    s->v = realloc(s->v, s->cap * sizeof *s->v);
    if (!s->v) die("memory");
  }
  s->v[s->len++] = v;
}

static int by_size(const void *a, const void *b) {
  uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return x < y ? -1 : x > y;
}

static void print_samples(const char *name, Samples *s) {
  qsort(s->v, s->len, sizeof *s->v, by_size);
  printf("\"%s\":{\"count\":%zu", name, s->len);
  static const struct { const char *name; double at; } cuts[] = {
      {"p50", .5}, {"p90", .9}, {"p99", .99}, {"p999", .999}, {"max", 1}};
  for (size_t i = 0; s->len && i < sizeof cuts / sizeof *cuts; i++) {
    size_t rank = (size_t)(cuts[i].at * (double)s->len + 0.999999);
    if (rank < 1) rank = 1;
    if (rank > s->len) rank = s->len;
    printf(",\"%s\":%.1f", cuts[i].name, (double)s->v[rank - 1] / 1000);
  }
  printf("},");
}

static uint64_t cpu_of_pids(void) {
  uint64_t sum = 0;
  for (int i = 0; i < pid_count; i++) {
    clockid_t clock;
    struct timespec t;
    if (clock_getcpuclockid(pids[i], &clock) || clock_gettime(clock, &t)) {
      errno = 0;
      die("a process named by --cpu is gone");
    }
    sum += (uint64_t)t.tv_sec * SECOND + (uint64_t)t.tv_nsec;
  }
  return sum;
}

static uint64_t own_cpu(void) {
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (uint64_t)t.tv_sec * SECOND + (uint64_t)t.tv_nsec;
}

/* -- one connection --------------------------------------------------------------------------------------- */

static void connect_it(Conn *c) {
  c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (c->fd < 0) die("socket");
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port),
                           .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  /* Blocking: on loopback this costs microseconds, and where it does not the waiting request pays. */
  if (connect(c->fd, (struct sockaddr *)&to, sizeof to) < 0) die("connect");
  tune_socket(c->fd);
  watch(ep, EPOLL_CTL_ADD, c->fd, EPOLLIN | EPOLLRDHUP, c);
  connects++;
}

static Conn *conn_new(void) {
  Conn *c = calloc(1, sizeof *c);
  if (!c) die("memory");
  open_conns++;
  connect_it(c);
  return c;
}

static void reconnect(Conn *c) {
  close(c->fd);
  connect_it(c);
}

static void put_idle(Conn *c) {
  c->state = IDLE;
  c->next_idle = idle;
  idle = c;
}

static void send_request(Conn *c, uint64_t due) {
  c->state = BUSY;
  c->due = due;
  c->counted = mode == STREAMS || (due >= measure_from && due < measure_to);
  answer_begin(&c->answer);
  c->in_stamp = c->done_seen = false;
  c->events = c->done_match = 0;
  c->last_event = 0;
  in_flight++;
  ssize_t n = send(c->fd, request.p, request.len, MSG_NOSIGNAL);
  if (n < 0 && (errno == EPIPE || errno == ECONNRESET)) {
    /* It was closed while idle, before this request: not a failed one. */
    reconnect(c);
    n = send(c->fd, request.p, request.len, MSG_NOSIGNAL);
  }
  if (n != (ssize_t)request.len) die("send");
}

static void next(Conn *c, uint64_t now);

static void fail(Conn *c, const char *why, uint64_t now) {
  if (!failed++)
    snprintf(first_failure, sizeof first_failure, "%s (status %d, %llu body bytes, %d events)", why,
        c->answer.in_body ? c->answer.status : 0, (unsigned long long)c->answer.body_len, c->events);
  if (failed > 100) stopping = true;
  in_flight--;
  reconnect(c);
  next(c, now);
}

static void answered(Conn *c, uint64_t now) {
  if (c->answer.status != 200 || c->answer.body_len == 0) {
    fail(c, "not a good answer", now);
    return;
  }
  if (mode == STREAMS) {
    if (c->events < expect_events) lost_events += (uint64_t)(expect_events - c->events);
    if (c->events != expect_events || !c->done_seen) {
      fail(c, "a stream that is not whole", now);
      return;
    }
  }
  in_flight--;
  ok++;
  if (now >= measure_from && now < measure_to) ok_in_window++;
  if (c->counted) sample(&latency, now - c->due);
  if (c->answer.close_after) reconnect(c);
  next(c, now);
}

/* -- reading answers ---------------------------------------------------------------------------------------- */

static void scan_events(void *of, const char *p, size_t n, uint64_t now) {
  Conn *c = of;
  static const char done[] = "[DONE]";
  for (size_t i = 0; i < n; i++) {
    char b = p[i];
    if (b == '@') {
      if (!c->in_stamp) {
        c->in_stamp = true;
        c->stamp = 0;
        continue;
      }
      c->in_stamp = false;
      if (c->counted) {
        events++;
        if (c->events == 0) sample(&first_byte, now - c->due);
        else {
          uint64_t waited = now - c->last_event;
          sample(&gap, waited > pace ? waited - pace : 0);
          if (waited > 10 * pace) late_events++;
        }
        sample(&travel, now > c->stamp ? now - c->stamp : 0);
      }
      c->last_event = now;
      c->events++;
    } else if (c->in_stamp && b >= '0' && b <= '9') {
      c->stamp = c->stamp * 10 + (uint64_t)(b - '0');
    } else {
      c->done_match = b == done[c->done_match] ? c->done_match + 1 : b == '[';
      if (done[c->done_match] == 0) {
        c->done_seen = true;
        c->done_match = 0;
      }
    }
  }
}

static void readable(Conn *c) {
  static char buf[64 << 10];
  uint64_t now = now_ns();
  ssize_t n = recv(c->fd, buf, sizeof buf, 0);
  if (n < 0 && errno == EAGAIN) return;
  if (c->state == IDLE) { /* only an end of the connection may come now */
    if (n > 0) {
      failed++;
      snprintf(first_failure, sizeof first_failure, "bytes that nobody asked for");
    }
    reconnect(c);
    return;
  }
  if (n <= 0) {
    if (n == 0 && c->answer.in_body && c->answer.until_close) {
      c->answer.close_after = true;
      answered(c, now);
    } else {
      fail(c, "the connection ended within an answer", now);
    }
    return;
  }
  int r = answer_feed(&c->answer, buf, (size_t)n, mode == STREAMS ? scan_events : NULL, c, now);
  if (r > 0) answered(c, now);
  else if (r < 0) fail(c, "a malformed answer", now);
}

/* -- what to send and when ------------------------------------------------------------------------------------ */

static uint64_t arrival, interval; /* open loop: when the next request is due */

static void next(Conn *c, uint64_t now) {
  if (stopping) {
    put_idle(c);
  } else if (mode == CLOSED) {
    if (now < measure_to) send_request(c, now);
    else put_idle(c);
  } else if (mode == STREAMS) {
    if (--c->passes > 0) send_request(c, now);
    else put_idle(c);
  } else if (arrival <= now && arrival < measure_to) { /* a request that waited for a connection */
    uint64_t due = arrival;
    arrival += interval;
    send_request(c, due);
  } else {
    put_idle(c);
  }
}

/* Sends all that is due at `now`; when the next one will be, 0 for never. */
static uint64_t send_due(uint64_t now) {
  while (arrival < measure_to && arrival <= now && !stopping) {
    if (!idle && open_conns >= max_connections) return 0; /* the next free connection takes it */
    Conn *c = idle;
    if (c) idle = c->next_idle;
    else c = conn_new();
    if (now - arrival > MILLI) late_sends++;
    uint64_t due = arrival;
    arrival += interval;
    if (mode == STREAMS) c->passes = passes;
    send_request(c, due);
  }
  return arrival < measure_to && !stopping ? arrival : 0;
}

static void read_flags(int argc, char **argv) {
  if (argc < 2) die("usage: load closed|open|streams --port N …");
  mode = !strcmp(argv[1], "closed") ? CLOSED : !strcmp(argv[1], "open") ? OPEN : STREAMS;
  for (int i = 2; i + 1 < argc; i += 2) {
    char *v = argv[i + 1];
    if (!strcmp(argv[i], "--port")) port = atoi(v);
    else if (!strcmp(argv[i], "--seconds")) seconds = atof(v);
    else if (!strcmp(argv[i], "--connections")) connections = atoi(v);
    else if (!strcmp(argv[i], "--rate")) rate = atof(v);
    else if (!strcmp(argv[i], "--streams")) streams = atoi(v);
    else if (!strcmp(argv[i], "--passes")) passes = atoi(v);
    else if (!strcmp(argv[i], "--chunks")) expect_events = atoi(v);
    else if (!strcmp(argv[i], "--pace-ms")) pace = strtoull(v, NULL, 10) * MILLI;
    else if (!strcmp(argv[i], "--ramp-ms")) ramp = strtoull(v, NULL, 10) * MILLI;
    else if (!strcmp(argv[i], "--warm-ms")) warm = strtoull(v, NULL, 10) * MILLI;
    else if (!strcmp(argv[i], "--model")) model = v;
    else if (!strcmp(argv[i], "--path")) path = v;
    else if (!strcmp(argv[i], "--cpu")) {
      for (char *p = strtok(v, ","); p && pid_count < 64; p = strtok(NULL, ",")) pids[pid_count++] = atoi(p);
    } else {
      fprintf(stderr, "unknown flag %s\n", argv[i]);
      exit(2);
    }
  }
}

static void build_request(void) {
  char body[1024], head[1024];
  int n = snprintf(body, sizeof body,
      "{\"model\":\"%s\",\"messages\":[{\"role\":\"system\",\"content\":\"Be brief.\"},{\"role\":\"user\","
      "\"content\":\"Tell me of the sea.\"}],\"temperature\":0.7%s}", model, mode == STREAMS ? ",\"stream\":true" : "");
  int h = snprintf(head, sizeof head,
      "POST %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n",
      path, port, n);
  buf_add(&request, head, (size_t)h);
  buf_add(&request, body, (size_t)n);
}

static void begin(void) {
  start = now_ns() + 10 * MILLI;
  arrival = start;
  if (mode == STREAMS) {
    /* All of it counts; new streams begin one after the other over the ramp, not at once. */
    measure_from = start;
    interval = streams > 1 ? ramp / (uint64_t)streams : 1;
    measure_to = start + interval * (uint64_t)streams;
    max_connections = streams;
  } else {
    measure_from = start + warm;
    measure_to = measure_from + (uint64_t)(seconds * 1e9);
    interval = mode == OPEN ? (uint64_t)(1e9 / rate) : 0;
  }
  for (int i = 0; i < (mode == STREAMS ? streams : connections); i++) put_idle(conn_new());
}

int main(int argc, char **argv) {
  read_flags(argc, argv);
  signal(SIGPIPE, SIG_IGN);
  raise_file_limit();
  build_request();
  ep = epoll_create1(EPOLL_CLOEXEC);
  timer = timer_new();
  watch(ep, EPOLL_CTL_ADD, timer, EPOLLIN, &timer);
  begin();
  timer_arm(timer, start);

  bool launched = false, opened = false, closed = false;
  uint64_t cpu_from = 0, cpu_to = 0, own_from = 0, own_to = 0, from = 0, to = 0;
  uint64_t length = (uint64_t)passes * (uint64_t)expect_events * pace;
  uint64_t deadline = (mode == STREAMS ? measure_to + 3 * length : measure_to) + 5 * SECOND;
  for (;;) {
    struct epoll_event ready[256];
    int n = epoll_wait(ep, ready, 256, 100);
    if (n < 0 && errno != EINTR) die("epoll_wait");
    uint64_t now = now_ns();
    if (!opened && now >= measure_from) {
      opened = true;
      cpu_from = cpu_of_pids();
      own_from = own_cpu();
      from = now_ns();
    }
    for (int i = 0; i < n; i++) {
      if (ready[i].data.ptr == &timer) {
        timer_drain(timer);
      } else {
        readable(ready[i].data.ptr);
      }
    }
    now = now_ns();
    uint64_t wake = 0;
    if (mode != CLOSED) {
      wake = send_due(now);
    } else if (!launched && now >= start) {
      launched = true;
      while (idle) {
        Conn *c = idle;
        idle = c->next_idle;
        send_request(c, now);
      }
    } else if (!launched) {
      wake = start;
    }
    if (mode == CLOSED && !opened) wake = launched ? measure_from : start;
    if (!wake && mode == OPEN && !closed) wake = measure_to;
    if (wake) timer_arm(timer, wake);
    bool over = mode == STREAMS ? arrival >= measure_to && in_flight == 0 : now >= measure_to;
    if (!closed && opened && (over || stopping)) {
      closed = true;
      cpu_to = cpu_of_pids();
      own_to = own_cpu();
      to = now_ns();
    }
    if (closed && in_flight == 0) break;
    if (now > deadline) {
      unanswered = (uint64_t)in_flight;
      if (!failed) snprintf(first_failure, sizeof first_failure, "no answer within the deadline");
      failed += unanswered;
      if (!closed) cpu_to = cpu_of_pids(), own_to = own_cpu(), to = now_ns();
      break;
    }
  }
  uint64_t units = mode == CLOSED ? ok_in_window : mode == OPEN ? latency.len : ok;
  double took = (double)(to - from) / 1e9;
  printf("{\"ok\":%llu,\"failed\":%llu,\"firstFailure\":\"%s\",\"unanswered\":%llu,\"connects\":%llu,"
      "\"lateSends\":%llu,\"seconds\":%.3f,\"measured\":%llu,\"perSecond\":%.1f,",
      (unsigned long long)ok, (unsigned long long)failed, first_failure, (unsigned long long)unanswered,
      (unsigned long long)connects, (unsigned long long)late_sends, took, (unsigned long long)units,
      took > 0 ? (double)units / took : 0);
  print_samples("latencyMicros", &latency);
  if (mode == STREAMS) {
    print_samples("firstByteMicros", &first_byte);
    print_samples("travelMicros", &travel);
    print_samples("addedGapMicros", &gap);
    printf("\"events\":%llu,\"lostEvents\":%llu,\"lateEvents\":%llu,", (unsigned long long)events,
        (unsigned long long)lost_events, (unsigned long long)late_events);
  }
  double per = units ? 1.0 / (double)units / 1000 : 0;
  printf("\"cpuMicrosEach\":%.3f,\"generatorCpuMicrosEach\":%.3f,\"cpuSeconds\":%.4f,"
      "\"generatorCpuSeconds\":%.4f}\n",
      (double)(cpu_to - cpu_from) * per, (double)(own_to - own_from) * per, (double)(cpu_to - cpu_from) / 1e9,
      (double)own_cpu() / 1e9);
  return 0;
}
