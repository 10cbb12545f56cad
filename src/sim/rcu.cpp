#include "sim/rcu.h"

#include <algorithm>

#include "base/check.h"

namespace revenant::sim {

void Rcu::reset() {
  readers_.fill({});
  for (std::uint32_t i = 0; i < slots_in_use_; ++i) slots_[i].used = false;
  slots_in_use_ = next_ticket_ = callbacks_pending_ = 0;
  inside_ = 0;
}

void Rcu::read_lock(CpuId cpu, std::uint32_t step) {
  Reader& reader = readers_[index_of(cpu)];
  if (reader.nesting++ > 0) return;
  reader.start = step;
  inside_ |= mask_of(cpu);
  hb_acquire(&grace_periods_started_);
}

bool Rcu::read_unlock(CpuId cpu) {
  Reader& reader = readers_[index_of(cpu)];
  REVENANT_CHECK(reader.nesting > 0);
  if (--reader.nesting > 0) return false;
  inside_ &= ~mask_of(cpu);
  hb_release(&sections_ended_);
  for (std::uint32_t i = 0; i < slots_in_use_; ++i) {
    Slot& waiting = slots_[i];
    if (!waiting.used || (waiting.waits_for & mask_of(cpu)) == 0) continue;
    waiting.waits_for &= ~mask_of(cpu);
    hb_release(&waiting.clock);
  }
  return true;
}

Rcu::GracePeriod Rcu::begin(Function function, void* argument) {
  const std::uint32_t index = unused_slot();
  Slot& fresh = slots_[index];
  fresh.used = true;
  fresh.running = false;
  fresh.waits_for = inside_;
  fresh.ticket = next_ticket_++;
  fresh.function = function;
  fresh.argument = argument;
  if (function != nullptr) ++callbacks_pending_;
  hb_release(&grace_periods_started_);
  hb_renew(&fresh.clock);
  // Sections that ended before this began are ordered before its end, but not before its caller.
  carrier_.take(&sections_ended_);
  carrier_.give(&fresh.clock);
  return GracePeriod{static_cast<std::uint8_t>(index)};
}

void Rcu::end(GracePeriod grace_period) {
  Slot& ended = slots_[static_cast<std::size_t>(grace_period)];
  REVENANT_CHECK(ended.used && ended.waits_for == 0);
  ended.used = false;
  hb_acquire(&ended.clock);
}

std::uint32_t Rcu::unused_slot() {
  for (std::uint32_t i = 0; i < slots_in_use_; ++i) {
    if (!slots_[i].used) return i;
  }
  REVENANT_CHECK(slots_in_use_ < kMaxGracePeriods);
  return slots_in_use_++;
}

bool Rcu::is_full() const {
  return slots_in_use_ == kMaxGracePeriods &&
         std::ranges::all_of(slots_, [](const Slot& s) { return s.used; });
}

const void* Rcu::queued_in(const void* begin, std::size_t size_bytes) const {
  if (callbacks_pending_ == 0) return nullptr;
  const auto first = reinterpret_cast<std::uintptr_t>(begin);
  for (std::uint32_t i = 0; i < slots_in_use_; ++i) {
    const Slot& s = slots_[i];
    const bool is_within = reinterpret_cast<std::uintptr_t>(s.argument) - first < size_bytes;
    if (is_within && s.used && s.function != nullptr && !s.running) return s.argument;
  }
  return nullptr;
}

std::uint32_t Rcu::ready_count() const {
  if (callbacks_pending_ == 0) return 0;
  std::uint32_t count = 0;
  for (std::uint32_t i = 0; i < slots_in_use_; ++i) {
    const Slot& s = slots_[i];
    if (s.is_ready()) ++count;
  }
  return count;
}

const Rcu::Slot* Rcu::ready_callback(std::uint32_t index) const {
  // By ticket, so that what runs does not depend on which slots happened to be unused.
  const Slot* found = nullptr;
  std::uint32_t from = 0;
  for (std::uint32_t rank = 0; rank <= index; ++rank) {
    found = nullptr;
    for (std::uint32_t i = 0; i < slots_in_use_; ++i) {
      const Slot& s = slots_[i];
      if (!s.is_ready() || s.ticket < from) continue;
      if (found == nullptr || s.ticket < found->ticket) found = &s;
    }
    REVENANT_CHECK(found != nullptr);
    from = found->ticket + 1;
  }
  return found;
}

void Rcu::run_ready(std::uint32_t index) {
  Slot& callback = slots_[static_cast<std::size_t>(ready_callback(index) - slots_.data())];
  callback.running = true;
  hb_acquire(&callback.clock);
  callback.function(callback.argument);
  callback.used = false;
  --callbacks_pending_;
  hb_release(&callbacks_done_);
}

bool Rcu::all_ran_before(std::uint32_t ticket) const {
  for (std::uint32_t i = 0; i < slots_in_use_; ++i) {
    const Slot& s = slots_[i];
    if (s.used && s.function != nullptr && s.ticket < ticket) return false;
  }
  hb_acquire(&callbacks_done_);
  return true;
}

}  // namespace revenant::sim
