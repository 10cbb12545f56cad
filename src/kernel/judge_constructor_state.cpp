// Judges C8, that the constructor's state holds at a free: bad-constructor-state; and C8 and C2,
// that it and the poison beside it hold until the next allocation: use-after-free.
#include <bit>

#include "kernel/engine.h"
#include "kernel/lock_owner.h"
#include "kernel/slab_memory.h"
#include "kernel/slab_state.h"

namespace revenant::kernel {
namespace {

// 0xff for each byte of the word at `word` that belongs to a lock that somebody holds.
std::uint64_t held_bytes(std::uintptr_t word) {
  std::uint64_t bytes = 0;
  // A lock that begins in the word before may reach into this one.
  constexpr std::size_t kBefore = kWordBytes - 1;
  lock_owners().for_each_held_in(
      word - kBefore, kBefore + kWordBytes, [&](CpuId, const LockOwners::Lock& lock) {
        const std::uint64_t mask = byte_mask(lock.size_bytes);
        const auto at = reinterpret_cast<std::uintptr_t>(lock.address);
        bytes |= at < word ? mask >> (8 * (word - at)) : mask << (8 * (at - word));
      });
  return bytes;
}

}  // namespace

void SlabState::check_constructor_state(const kmem_cache& cache, std::uintptr_t address,
                                        Site site) {
  const Engine machine = running();
  // Who waits inside a section spins on a lock of an object that it has yet to find dead.
  if ((machine.sleepers(reinterpret_cast<void*>(address), cache.size_bytes) &
       ~machine.in_sections()) != 0) {
    raise(FindingKind::kBadConstructorState, "free with a sleeper on", address, site);
  }
  for (std::size_t i = 0; i < cache.word_count(); ++i) {
    const std::uintptr_t word = address + i * kWordBytes;
    std::uint64_t wrong = (peek(word) ^ cache.free_word(address, i)) & cache.owned[i];
    if (wrong != 0) wrong &= ~held_bytes(word);
    if (wrong != 0) {
      const std::uintptr_t byte = word + static_cast<std::size_t>(std::countr_zero(wrong)) / 8;
      raise(FindingKind::kBadConstructorState, "free without constructor state in", byte, site);
    }
  }
}

void SlabState::check_free_image(const kmem_cache& cache, std::uintptr_t object, Site site) {
  for (std::size_t i = 0; i < cache.word_count(); ++i) {
    const std::uintptr_t word = object + i * kWordBytes;
    std::uint64_t wrong = (peek(word) ^ cache.free_word(object, i)) & cache.mask[i];
    if (cache.readable[i] != 0) {
      wrong |= (peek(word) ^ kept_[number_of(slot_of(object))][i]) & cache.readable[i];
    }
    if (wrong != 0) wrong &= ~held_bytes(word);
    if (wrong != 0) {
      raise(FindingKind::kUseAfterFree, "plain write while free to", word, site);
    }
  }
}

}  // namespace revenant::kernel
