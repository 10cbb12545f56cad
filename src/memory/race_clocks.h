// Data races of plain accesses, found beside the views: clocks of what each CPU knows of the
// others.
//
// A race is a pair of accesses to one location by two CPUs, one of them plain and one a store, that
// nothing orders. The views say whether a store is known; the clocks say whether a load is.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "choice/choices.h"

namespace revenant::memory {

inline constexpr std::uint32_t kMaxCpus = 8;

// How much of each CPU is known.
using Clock = std::array<std::uint16_t, kMaxCpus>;

void join(Clock& clock, const Clock& other);

class RaceClocks {
 public:
  RaceClocks() = default;
  RaceClocks(std::uint32_t locations, std::uint32_t messages);

  bool is_on() const { return !messages_.empty(); }
  void reset();

  // `through_dependency`: an acquire whose address depends on what was read.
  void read(CpuId cpu, std::uint32_t location, std::uint32_t message, bool is_acquire,
            bool is_plain, bool through_dependency = false);
  // Whether a load of the location by another CPU, plain or beside a plain store, is not known to
  // happen before. `through_dependency`: the address depends on what was read.
  bool has_unknown_read(CpuId cpu, std::uint32_t location, bool is_plain,
                        bool through_dependency) const;
  void write(CpuId cpu, std::uint32_t message, bool is_release, bool is_plain);
  void carry_on(std::uint32_t message, const Clock& predecessor);
  const Clock& of_message(std::uint32_t message) const { return messages_[message]; }
  void read_barrier(CpuId cpu);
  void fence(CpuId cpu);
  void enter(CpuId cpu);
  void leave(CpuId cpu);
  // What a callback carries from its caller to the start of its grace period.
  Clock release(CpuId cpu);
  void grace_period_begins();
  void callback_begins(const Clock& carried) { join(fences_, carried); }
  void grace_period_sees_readers();

  // For a fingerprint: all that the clocks know, as words.
  std::vector<std::uint64_t> words() const;

 private:
  struct Cpu {
    std::uint16_t count = 1;
    Clock known{};     // From all messages read.
    Clock acquired{};  // What a plain store may rely on.
    Clock fenced{};    // At the last strong fence.
    Clock ordered{};   // By smp_rmb; of use once an acquire follows.
  };
  struct LastReads {
    Clock plain{};
    Clock marked{};
  };

  std::vector<Cpu> cpus_;  // All empty where races are not looked for.
  Clock fences_{};
  Clock grace_periods_{};
  Clock readers_{};
  std::vector<LastReads> locations_;
  std::vector<Clock> messages_;
};

}  // namespace revenant::memory
