/*
 * LD_PRELOAD: a monotonic clock that stands still while its machine sleeps. The file named by TORTURE_CLOCK holds, as
 * a 64-bit number, the nanoseconds that CLOCK_MONOTONIC is to be behind; the torture adds to it before it wakes the
 * process. Without the file the clock is the machine's.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

static const int64_t none = 0;
static const volatile int64_t *behind = &none;
static int (*real_clock_gettime)(clockid_t, struct timespec *);

__attribute__((constructor)) static void start(void) {
  real_clock_gettime = dlsym(RTLD_NEXT, "clock_gettime");
  const char *name = getenv("TORTURE_CLOCK");
  int file = name == NULL ? -1 : open(name, O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  void *page = mmap(NULL, sizeof(int64_t), PROT_READ, MAP_SHARED, file, 0);
  if (page != MAP_FAILED) behind = page;
}

int clock_gettime(clockid_t id, struct timespec *now) {
  if (real_clock_gettime == NULL) start();
  int result = real_clock_gettime(id, now);
  if (result != 0 || (id != CLOCK_MONOTONIC && id != CLOCK_MONOTONIC_COARSE && id != CLOCK_MONOTONIC_RAW)) return result;
  int64_t held = *behind;
  now->tv_sec -= held / 1000000000;
  now->tv_nsec -= held % 1000000000;
  if (now->tv_nsec < 0) {
    now->tv_nsec += 1000000000;
    now->tv_sec--;
  }
  return 0;
}
