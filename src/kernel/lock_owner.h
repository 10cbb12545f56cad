// Who holds which lock: ghost state that the code under test never sees.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "sim/machine.h"

namespace revenant::kernel {

class LockOwners {
 public:
  // How others wait for a lock. Who holds one that they spin for may not sleep.
  enum class Waiters : std::uint8_t { kSleep, kSpin };

  void begin_run();

  // In the native engine all but any_held() and any_spinlock_held() require Exclusive.
  // A finding bug-on where the CPU holds kMaxHeld already.
  void took(const volatile void* lock, std::size_t size_bytes, Waiters waiters);
  // Requires that the running CPU holds the lock.
  void released(const volatile void* lock);
  bool holds(CpuId cpu, const volatile void* lock) const;
  // One of the locks that the running CPU holds, the same in every run, or nullptr.
  const volatile void* any_held() const;
  // One of these that is a spinlock, or nullptr.
  const volatile void* any_spinlock_held() const;

  struct Lock {
    const volatile void* address = nullptr;
    std::size_t size_bytes = 0;
    Waiters waiters{};
    // When the read-side section began that it was taken in.
    std::optional<std::uint32_t> section_start{};
  };

  // Calls visit(cpu, lock) for each lock held in [begin, begin + size_bytes).
  template <class Visit>
  void for_each_held_in(std::uintptr_t begin, std::size_t size_bytes, Visit visit) const {
    for (std::uint32_t i = 0; i < sim::kMaxFibers; ++i) {
      for (std::size_t k = 0; k < held_[i].count; ++k) {
        const auto lock = reinterpret_cast<std::uintptr_t>(held_[i].locks[k].address);
        if (lock - begin >= size_bytes) continue;
        visit(CpuId{static_cast<std::uint8_t>(i)}, held_[i].locks[k]);
      }
    }
  }

 private:
  static constexpr std::size_t kMaxHeld = 16;
  struct Held {
    std::array<Lock, kMaxHeld> locks{};
    std::size_t count = 0;
  };
  Held& mine();

  std::array<Held, sim::kMaxFibers> held_;
};

LockOwners& lock_owners();

}  // namespace revenant::kernel
