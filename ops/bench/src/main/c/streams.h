/* The mock's connections, and those with a running stream ordered by when their next event is due: a binary heap. */
#ifndef STREAMS_H
#define STREAMS_H

#include "wire.h"

typedef struct Conn {
  int fd;
  Buf in, out;
  int left;          /* events still to send; 0: no stream is running */
  int sent, die_after;
  bool usage, closing, want_write;
  uint64_t due, pace;
  int at;            /* index in the heap of streams, -1 when not there */
  struct Conn *next; /* in the list of connections to free after this turn */
  bool dead;
} Conn;

static Conn **heap;
static int heap_len, heap_cap;

static void heap_put(int i, Conn *c) {
  heap[i] = c;
  c->at = i;
}

static void heap_up(int i) {
  Conn *c = heap[i];
  for (int up; i > 0 && heap[up = (i - 1) / 2]->due > c->due; i = up) heap_put(i, heap[up]);
  heap_put(i, c);
}

static void heap_down(int i) {
  Conn *c = heap[i];
  for (int k; (k = 2 * i + 1) < heap_len; i = k) {
    if (k + 1 < heap_len && heap[k + 1]->due < heap[k]->due) k++;
    if (heap[k]->due >= c->due) break;
    heap_put(i, heap[k]);
  }
  heap_put(i, c);
}

static void heap_add(Conn *c) {
  if (heap_len == heap_cap) {
    heap_cap = heap_cap ? heap_cap * 2 : 256;
    heap = realloc(heap, sizeof *heap * (size_t)heap_cap);
    if (!heap) die("memory");
  }
  heap[heap_len] = c;
  heap_up(heap_len++);
}

static void heap_remove(Conn *c) {
  int i = c->at;
  c->at = -1;
  Conn *last = heap[--heap_len];
  if (last == c) return;
  heap[i] = last;
  last->at = i;
  heap_up(i);
  heap_down(last->at);
}

#endif
