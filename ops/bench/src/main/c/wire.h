/* What the mock and the load generator share: the clock, sockets, a timer, a growable buffer. */
#ifndef WIRE_H
#define WIRE_H

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define SECOND 1000000000ull
#define MILLI 1000000ull

static inline void die(const char *what) {
  fprintf(stderr, "%s: %s\n", what, errno ? strerror(errno) : "not possible");
  exit(2);
}

/* CLOCK_MONOTONIC is the same for every process, so one may subtract the mock's reading from the generator's. */
static inline uint64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * SECOND + (uint64_t)t.tv_nsec;
}

static inline void tune_socket(int fd) {
  int one = 1;
  if (fcntl(fd, F_SETFL, O_NONBLOCK) < 0) die("O_NONBLOCK");
  if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) < 0) die("TCP_NODELAY");
}

static inline void raise_file_limit(void) {
  struct rlimit r;
  if (getrlimit(RLIMIT_NOFILE, &r) == 0) {
    r.rlim_cur = r.rlim_max;
    setrlimit(RLIMIT_NOFILE, &r);
  }
}

static inline int timer_new(void) {
  int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  if (fd < 0) die("timerfd");
  return fd;
}

/* Fires once at `at` (nanoseconds of now_ns); 0 disarms. */
static inline void timer_arm(int fd, uint64_t at) {
  struct itimerspec t = {.it_value = {.tv_sec = (time_t)(at / SECOND), .tv_nsec = (long)(at % SECOND)}};
  if (timerfd_settime(fd, TFD_TIMER_ABSTIME, &t, NULL) < 0) die("timerfd_settime");
}

static inline void timer_drain(int fd) {
  uint64_t fired;
  if (read(fd, &fired, sizeof fired) < 0 && errno != EAGAIN) die("timer read");
}

static inline void watch(int ep, int op, int fd, uint32_t events, void *tag) {
  struct epoll_event e = {.events = events, .data.ptr = tag};
  if (epoll_ctl(ep, op, fd, &e) < 0) die("epoll_ctl");
}

typedef struct {
  char *p;
  size_t len, cap;
} Buf;

static inline void buf_room(Buf *b, size_t more) {
  if (b->len + more <= b->cap) return;
  size_t cap = b->cap ? b->cap : 4096;
  while (cap < b->len + more) cap *= 2;
  b->p = realloc(b->p, cap);
  if (!b->p) die("memory");
  b->cap = cap;
}

static inline void buf_add(Buf *b, const void *p, size_t n) {
  buf_room(b, n);
  memcpy(b->p + b->len, p, n);
  b->len += n;
}

static inline void buf_drop(Buf *b, size_t n) {
  memmove(b->p, b->p + n, b->len - n);
  b->len -= n;
}

#endif
