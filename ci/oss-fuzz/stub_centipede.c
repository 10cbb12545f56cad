// Stands in for Centipede's runner where there is none: the same entry, the same callbacks, the section
// for features of the target's own, and one line that says what came in. From the contract in fuzztest,
// centipede/runner.cc and runner_interface.h.
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

extern int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);
__attribute__((weak)) extern int LLVMFuzzerInitialize(int* argc, char*** argv);
__attribute__((weak)) extern uint64_t __start___centipede_extra_features[],
    __stop___centipede_extra_features[];

static size_t guards, edges, comparisons, pcs, features_hit;

// By this name targets know that their features are read.
void CentipedeIsPresent(void) {}

void __sanitizer_cov_trace_pc_guard_init(uint32_t* start, uint32_t* stop) {
  for (; start < stop; ++start) *start = (uint32_t)++guards;
}
void __sanitizer_cov_trace_pc_guard(uint32_t* guard) {
  if (*guard == 0) return;
  ++edges;
  *guard = 0;
}
void __sanitizer_cov_pcs_init(const uintptr_t* start, const uintptr_t* stop) {
  pcs += (size_t)(stop - start) / 2;
}

#include "stub_comparisons.h"
void __sanitizer_cov_trace_switch(uint64_t value, uint64_t* cases) { (void)value, (void)cases; }

size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t max_size) {
  (void)data, (void)max_size;
  return size;
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
  // -1 is a rejected input, and any other value fatal.
  if (LLVMFuzzerTestOneInput(data, size) != 0) abort();
  for (uint64_t* feature = __start___centipede_extra_features;
       feature < __stop___centipede_extra_features; ++feature) {
    if (*feature == 0) continue;
    // Of the user domains there are 16.
    if (*feature >> 32 >= 16) abort();
    ++features_hit;
    *feature = 0;
  }
}

int main(int argc, char** argv) {
  if (LLVMFuzzerInitialize) LLVMFuzzerInitialize(&argc, &argv);
  for (int i = 1; i < argc; ++i) run_file(argv[i]);
  printf("guards %zu pcs %zu edges %zu comparisons %zu features %td hit %zu\n", guards, pcs, edges,
         comparisons, __stop___centipede_extra_features - __start___centipede_extra_features,
         features_hit);
  return 0;
}
