// Stands in for honggfuzz's library where there is none: the same entry, the same callbacks, and one line
// that says what came in through them. From its source, libhfuzz/persistent.c and instrument.c.
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

extern int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);
__attribute__((weak)) extern int LLVMFuzzerInitialize(int* argc, char*** argv);

static size_t guards, edges, comparisons, counters_known, counters_hit;
static uint8_t* counters;

// By this name targets know whose callbacks they are.
void HonggfuzzFetchData(const uint8_t** data, size_t* size) { (void)data, (void)size; }

void __sanitizer_cov_trace_pc_guard_init(uint32_t* start, uint32_t* stop) {
  for (; start < stop; ++start) *start = (uint32_t)++guards;
}
void __sanitizer_cov_trace_pc_guard(uint32_t* guard) {
  if (*guard == 0) return;
  ++edges;
  *guard = 0;
}
void __sanitizer_cov_8bit_counters_init(char* start, char* end) {
  counters = (uint8_t*)start;
  counters_known = (size_t)(end - start);
}

#include "stub_comparisons.h"
void __sanitizer_cov_trace_switch(uint64_t value, uint64_t* cases) { (void)value, (void)cases; }
void __sanitizer_cov_trace_pc_indir(uintptr_t callee) { (void)callee; }

// It knows no mutators of targets, and ends when one calls for its own.
size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t max_size) {
  (void)data, (void)size, (void)max_size;
  abort();
}

static void run_file(const char* path) {
  static uint8_t data[1 << 20];
  FILE* const file = fopen(path, "rb");
  if (file == NULL) {
    perror(path);
    exit(2);
  }
  const size_t size = fread(data, 1, sizeof data, file);
  fclose(file);
  // Any other value is fatal to honggfuzz.
  if (LLVMFuzzerTestOneInput(data, size) != 0) abort();
  for (size_t i = 0; i < counters_known; ++i) {
    counters_hit += counters[i] != 0;
    counters[i] = 0;
  }
}

int main(int argc, char** argv) {
  if (LLVMFuzzerInitialize) LLVMFuzzerInitialize(&argc, &argv);
  for (int i = 1; i < argc; ++i) run_file(argv[i]);
  printf("guards %zu edges %zu comparisons %zu counters %zu hit %zu\n", guards, edges, comparisons,
         counters_known, counters_hit);
  return 0;
}
