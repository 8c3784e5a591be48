/*
 * A stand-in for NVIDIA's management library, for tests on machines without a GPU. It defines the
 * functions that GreenThread calls and answers from a text file that is read again at each call:
 *
 *   gpu NAME|TOTAL_MIB|USED_MIB|UTILIZATION|CELSIUS|MILLIWATTS|UNCORRECTED_ERRORS|MIG   one for each device
 *   proc GPU PID BYTES      a process; its bytes add to the device's use; BYTES may be "hidden"
 *   proc GPU PID BYTES OWNER  as the simulated servers write it: counts while the process lives
 *   fail FUNCTION CODE      the function answers CODE (a fourth word: for that device only)
 *   hang FUNCTION SECONDS   the function takes so long
 *   driver VERSION
 *   xid GPU CODE            an Xid error; each such line is told of once, in their order
 *
 * The file is the one named when compiling (-DCONTROL='"path"'), else by the environment variable
 * GREENTHREAD_FAKE_NVML. With -DOLD_DRIVER the newer functions are left out.
 *   gcc -shared -fPIC -o libnvidia-ml.so.1 fake_nvml.c
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef CONTROL
#define CONTROL getenv("GREENTHREAD_FAKE_NVML")
#endif

typedef unsigned long long u64;
typedef unsigned int u32;
struct gpu { char name[96]; u64 total, used; u32 utilization, celsius, milliwatts, mig; u64 errors; };
struct process { u32 pid; u64 bytes; u32 gpu_instance, compute_instance; };

/* Calls each(line, state) for every line of the control file. */
static void lines(void (*each)(const char *, void *), void *state) {
  const char *path = CONTROL;
  FILE *file = path ? fopen(path, "r") : NULL;
  char line[512];
  while (file && fgets(line, sizeof line, file)) each(line, state);
  if (file) fclose(file);
}

struct fate { const char *function; int gpu, code; };
static void find_fate(const char *line, void *state) {
  struct fate *fate = state;
  char function[96];
  int number, gpu;
  int words = sscanf(line, "fail %95s %d %d", function, &number, &gpu);
  if (words >= 2 && !strcmp(function, fate->function) && (words == 2 || gpu == fate->gpu)) fate->code = number;
  if (sscanf(line, "hang %95s %d", function, &number) == 2 && !strcmp(function, fate->function)) sleep(number);
}
static int fate_of(const char *function, void *device) {
  struct fate fate = {function, (int) (long) device - 1, 0};
  lines(find_fate, &fate);
  return fate.code;
}

struct search { int wanted, seen; struct gpu gpu; struct process *list; u32 room, count; u64 held; };
static void find(const char *line, void *state) {
  struct search *s = state;
  struct gpu g;
  int gpu;
  u32 pid;
  char bytes[32], owner[2];
  if (sscanf(line, "gpu %95[^|]|%llu|%llu|%u|%u|%u|%llu|%u", g.name, &g.total, &g.used, &g.utilization,
             &g.celsius, &g.milliwatts, &g.errors, &g.mig) == 8 && s->seen++ == s->wanted) s->gpu = g;
  int words = sscanf(line, "proc %d %u %31s %1s", &gpu, &pid, bytes, owner);
  if (words >= 3 && gpu == s->wanted && (words == 3 || kill(pid, 0) == 0)) {
    struct process entry = {pid, strcmp(bytes, "hidden") ? strtoull(bytes, NULL, 10) : ~0ULL, 0, 0};
    if (s->count < s->room) s->list[s->count] = entry;
    s->count++;
    if (entry.bytes != ~0ULL) s->held += entry.bytes;
  }
}
static struct search look(void *device, struct process *list, u32 room) {
  struct search s;
  memset(&s, 0, sizeof s);
  s.wanted = (int) (long) device - 1;
  s.list = list;
  s.room = room;
  lines(find, &s);
  return s;
}

#define FATE(device) do { int code = fate_of(__func__, device); if (code) return code; } while (0)

static void find_driver(const char *line, void *version) { sscanf(line, "driver %79s", (char *) version); }

int nvmlInit_v2(void) { FATE(NULL); return 0; }
int nvmlShutdown(void) { return 0; }
const char *nvmlErrorString(int code) {
  return code == 9 ? "Driver Not Loaded" : code == 15 ? "GPU is lost" : code == 999 ? "Unknown Error" : "An error of the stand-in";
}
int nvmlSystemGetDriverVersion(char *text, u32 length) {
  char version[80] = "0.0";
  FATE(NULL);
  lines(find_driver, version);
  snprintf(text, length, "%s", version);
  return 0;
}
int nvmlDeviceGetCount_v2(u32 *count) { FATE(NULL); *count = look(NULL, NULL, 0).seen; return 0; }
int nvmlDeviceGetHandleByIndex_v2(u32 index, void **device) {
  *device = (void *) (long) (index + 1);
  FATE(*device);
  return 0;
}
int nvmlDeviceGetName(void *d, char *text, u32 length) {
  FATE(d);
  snprintf(text, length, "%s", look(d, NULL, 0).gpu.name);
  return 0;
}
int nvmlDeviceGetUUID(void *d, char *text, u32 length) { FATE(d); snprintf(text, length, "GPU-fake-%ld", (long) d % 1024 - 1); return 0; }
int nvmlDeviceGetMemoryInfo(void *d, u64 *memory) {
  FATE(d);
  struct search s = look(d, NULL, 0);
  memory[0] = s.gpu.total << 20;
  memory[2] = (s.gpu.used << 20) + s.held;
  memory[1] = memory[0] > memory[2] ? memory[0] - memory[2] : 0;
  return 0;
}
int nvmlDeviceGetUtilizationRates(void *d, u32 *rates) { FATE(d); rates[0] = look(d, NULL, 0).gpu.utilization; rates[1] = 0; return 0; }
#ifndef OLD_DRIVER
/* One set, which counts what it has told of. The device of an event is another handle than the one registered. */
static struct { u64 registered; int told; } events;
struct xid { int wanted, seen, gpu; u64 code; };
struct event { void *device; u64 type, data; u32 gpu_instance, compute_instance; };
static void find_xid(const char *line, void *state) {
  struct xid *x = state;
  int gpu;
  u64 code;
  if (sscanf(line, "xid %d %llu", &gpu, &code) == 2 && x->seen++ == x->wanted) x->gpu = gpu, x->code = code;
}
int nvmlEventSetCreate(void **set) { FATE(NULL); events.registered = events.told = 0; *set = &events; return 0; }
int nvmlEventSetFree(void *set) { FATE(NULL); return set == &events ? 0 : 2; }
int nvmlDeviceRegisterEvents(void *d, u64 types, void *set) {
  FATE(d);
  if (types != 8 || set != &events) return 2;
  events.registered |= 1ULL << (long) d;
  return 0;
}
int nvmlEventSetWait_v2(void *set, struct event *event, u32 milliseconds) {
  FATE(NULL);
  struct xid x = {events.told, 0, 0, 0};
  if (set != &events) return 2;
  lines(find_xid, &x);
  if (x.seen <= events.told || !(events.registered >> (x.gpu + 1) & 1)) { usleep(milliseconds * 1000); return 10; }
  events.told++;
  *event = (struct event) {(void *) (long) (x.gpu + 1 + 1024), 8, x.code, ~0U, ~0U};
  return 0;
}
int nvmlDeviceGetTemperature(void *d, u32 sensor, u32 *out) { FATE(d); *out = look(d, NULL, 0).gpu.celsius; return sensor ? 2 : 0; }
int nvmlDeviceGetPowerUsage(void *d, u32 *out) { FATE(d); *out = look(d, NULL, 0).gpu.milliwatts; return 0; }
int nvmlDeviceGetTotalEccErrors(void *d, u32 type, u32 counter, u64 *out) {
  FATE(d);
  *out = type == 1 && counter == 0 ? look(d, NULL, 0).gpu.errors : 0;
  return 0;
}
int nvmlDeviceGetMigMode(void *d, u32 *now, u32 *pending) { FATE(d); *now = look(d, NULL, 0).gpu.mig; *pending = 0; return 0; }
int nvmlDeviceGetComputeRunningProcesses_v3(void *d, u32 *count, struct process *list) {
  FATE(d);
  u32 room = *count;
  *count = look(d, list, room).count;
  return *count > room ? 7 : 0;
}
#endif
