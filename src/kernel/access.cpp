#include "kernel/access.h"

#include "kernel/barrier.h"
#include "kernel/engine.h"
#include "kernel/read_sets.h"
#include "kernel/slab_state.h"
#include "kernel/weak_memory.h"

namespace revenant::kernel {
namespace {

sim::Operand operand(std::uint64_t bits) {
  return {.bits = bits,
          .life = slab().life_at(reinterpret_cast<std::uintptr_t>(object_named_by(bits)))};
}

sim::Operand place(const volatile void* address) {
  const auto bits = reinterpret_cast<std::uintptr_t>(address);
  return {.bits = bits, .life = slab().life_at(bits)};
}

sim::Event event_of(sim::Spelling what, const volatile void* address, Site site) {
  return {.what = what.primitive, .suffix = what.suffix, .site = site, .object = place(address)};
}

void record(sim::Event event) {
  if (WeakMemory* const weak = weak_memory()) {
    const std::optional<memory::Value> newest = weak->take_passed_over();
    if (newest) event.newest = operand(*newest);
  }
  running().record(event);
}

void note_load(const Engine& machine, const volatile void* address, std::uint64_t value,
               Site site) {
  machine.note_load(address, site);
  if (machine.wants_features()) read_sets().loaded(address, value);
}

void note_store(const Engine& machine, const volatile void* address, std::uint64_t value,
                Site site) {
  machine.note_store(address, site);
  if (machine.wants_features()) read_sets().stored(address, value);
}

// What an access was, for who listens. Apart, so that no register is saved for it where nobody
// does.
[[gnu::noinline]] void tell_load(sim::Spelling what, const volatile void* address,
                                 std::uint64_t value, Site site) {
  const Engine machine = running();
  note_load(machine, address, value, site);
  if (!machine.tracing()) return;
  sim::Event event = event_of(what, address, site);
  event.value = operand(value);
  record(event);
}

[[gnu::noinline]] void tell_store(sim::Spelling what, const volatile void* address,
                                  std::uint64_t value, Site site) {
  const Engine machine = running();
  note_store(machine, address, value, site);
  if (!machine.tracing()) return;
  sim::Event event = event_of(what, address, site);
  event.value = operand(value);
  record(event);
}

[[gnu::noinline]] void tell_change(sim::Spelling what, const volatile void* address,
                                   std::uint64_t old_value, std::uint64_t value, bool result,
                                   Site site) {
  const Engine machine = running();
  note_load(machine, address, value, site);
  note_store(machine, address, value, site);
  if (!machine.tracing()) return;
  sim::Event event = event_of(what, address, site);
  event.value = operand(value);
  event.old_value = operand(old_value);
  event.result = result ? 1 : 0;
  record(event);
}

[[gnu::noinline]] void tell_failure(sim::Spelling what, const volatile void* address,
                                    std::uint64_t value, Site site) {
  const Engine machine = running();
  note_load(machine, address, value, site);
  if (!machine.tracing()) return;
  sim::Event event = event_of(what, address, site);
  event.value = event.old_value = operand(value);
  record(event);
}

[[gnu::noinline]] void tell_result(sim::Spelling what, const volatile void* address, bool result,
                                   Site site) {
  sim::Event event = event_of(what, address, site);
  event.result = result ? 1 : 0;
  record(event);
}

// TSan knows the fences of a weak run by its messages (message_clocks.h), of another by its words.
void fence_after_load_of(const volatile void* word) {
  if (weak_memory() == nullptr) fence_after_load(word);
}

// An older value than any that the object's present life has had, or a former one left. Where
// memory is sequentially consistent, who accesses such an object is found before.
[[noreturn]] void raise_poison(sim::Spelling what, const volatile void* address,
                               std::uint64_t value, Site site) {
  tell_load(what, address, value, site);
  running().raise(FindingKind::kUseAfterFree, site,
                  "reads poison from " + slab().name_of(address) + ", which it does not see set up",
                  reinterpret_cast<std::uintptr_t>(address));
}

}  // namespace

void begin_access(Access access, const volatile void* address, std::size_t size_bytes, Site site) {
  running().point(site);
  slab().check_access_if_slab(access, address, size_bytes, site);
  if (access == Access::kWrite && weak_memory() == nullptr) fence_before_store(address);
}

void begin_count_set_up(const volatile void* count, std::size_t size_bytes, Site site) {
  begin_access(Access::kWrite, count, size_bytes, site);
  slab().check_count_set_up(reinterpret_cast<std::uintptr_t>(count), site);
}

void did_load(sim::Spelling what, const volatile void* address, std::size_t size_bytes,
              std::uint64_t value, Site site) {
  fence_after_load_of(address);
  // One or two bytes like that are an ordinary value.
  const bool is_poison = size_bytes >= 4 && value == (kPoison & byte_mask(size_bytes));
  if (is_poison && weak_memory() != nullptr) [[unlikely]]
    raise_poison(what, address, value, site);
  if (running().is_observed()) tell_load(what, address, value, site);
}

void did_store(sim::Spelling what, const volatile void* address, std::uint64_t value, Site site) {
  const Engine machine = running();
  machine.count_effect();
  if (machine.is_observed()) tell_store(what, address, value, site);
}

void did_alter(sim::Spelling what, const volatile void* address, std::uint64_t old_value,
               std::uint64_t value, bool result, Site site) {
  fence_after_load_of(address);
  slab().check_refcount(reinterpret_cast<std::uintptr_t>(address),
                        static_cast<std::int64_t>(old_value), static_cast<std::int64_t>(value),
                        site);
  const Engine machine = running();
  machine.count_effect();
  if (machine.is_observed()) tell_change(what, address, old_value, value, result, site);
}

void did_fail(sim::Spelling what, const volatile void* address, std::uint64_t value, Site site) {
  fence_after_load_of(address);
  if (what.primitive == sim::Primitive::kAtomicIncNotZero) {
    slab().count_failed_pin(reinterpret_cast<std::uintptr_t>(address), site);
  }
  if (running().is_observed()) tell_failure(what, address, value, site);
}

void did(sim::Spelling what, const volatile void* address, bool result, Site site) {
  if (running().tracing()) tell_result(what, address, result, site);
}

void note(const char* text, const volatile void* object, Site site) {
  const Engine machine = running();
  if (!machine.tracing()) return;
  machine.record(
      {.what = sim::Primitive::kNote, .site = site, .object = place(object), .text = text});
}

}  // namespace revenant::kernel
