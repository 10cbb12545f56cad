#include "sim/sanitizers.h"

#include "sim/machine.h"

#ifdef REVENANT_WITH_ASAN
#include <sanitizer/asan_interface.h>
#endif
#ifdef REVENANT_WITH_TSAN
#include <sanitizer/tsan_interface.h>
#endif

namespace revenant::sim {
namespace {

ExplainAddress explain_address = nullptr;
HearReport hear_report = nullptr;
[[maybe_unused]] bool race_reported = false;

[[maybe_unused]] void hear(FindingKind kind, std::uintptr_t address) {
  if (hear_report != nullptr) return hear_report(kind, address);
  if (Machine* const machine = running_or_null()) machine->raise_soon(kind, address);
}

}  // namespace

void listen_to_sanitizers(ExplainAddress explain) { explain_address = explain; }

void deliver_reports_to(HearReport hear) { hear_report = hear; }

SanitizerVerdict explain_sanitizer(FindingKind kind, std::uintptr_t address) {
  if (explain_address != nullptr) return explain_address(kind, address);
  return {.kind = kind, .text = "reported on " + running().memory().name_at(address, 0)};
}

void forget_reports() {
#ifdef REVENANT_WITH_TSAN
  if (race_reported) __tsan_flush_memory();
  race_reported = false;
#endif
}

}  // namespace revenant::sim

// The runtimes declare these weak and call them with each report; they may not allocate.

#ifdef REVENANT_WITH_TSAN
// Of the runtime's debugging interface, which no header declares.
extern "C" int __tsan_get_report_mop(void* report, std::uintptr_t index, int* tid, void** address,
                                     int* size_bytes, int* write, int* atomic, void** trace,
                                     std::uintptr_t trace_size);

extern "C" void __tsan_on_report(void* report) {
  int tid = 0;
  int size_bytes = 0;
  int write = 0;
  int atomic = 0;
  void* address = nullptr;
  void* trace = nullptr;
  __tsan_get_report_mop(report, 0, &tid, &address, &size_bytes, &write, &atomic, &trace, 1);
  revenant::sim::race_reported = true;
  revenant::sim::hear(revenant::FindingKind::kDataRace, reinterpret_cast<std::uintptr_t>(address));
}
#endif

#ifdef REVENANT_WITH_ASAN
extern "C" void __asan_on_error() {
  revenant::sim::hear(revenant::FindingKind::kAsan,
                      reinterpret_cast<std::uintptr_t>(__asan_get_report_address()));
}
#endif

#ifdef REVENANT_WITH_UBSAN
extern "C" void __ubsan_on_report() { revenant::sim::hear(revenant::FindingKind::kUbsan, 0); }
#endif
