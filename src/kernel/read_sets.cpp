#include "kernel/read_sets.h"

#include <algorithm>
#include <bit>

#include "kernel/access.h"
#include "kernel/engine.h"

namespace revenant::kernel {

ReadSets& read_sets() {
  static constinit ReadSets sets{};
  return sets;
}

std::uint64_t StaleReader::value_read(const void* address) const {
  const auto known =
      std::ranges::find(words, reinterpret_cast<std::uintptr_t>(address), &ReadWord::address);
  return known != words.end() ? known->read : 0;
}

void ReadSets::begin_run(Outlook outlook) {
  outlook_ = outlook;
  for (Reader& reader : readers_) reader.is_in_section = false;
}

// Whether the CPU is still in the section whose words are kept.
bool ReadSets::is_current(CpuId cpu) const {
  const Reader& reader = readers_[index_of(cpu)];
  return reader.is_in_section && running().in_section(cpu) &&
         reader.section_start == running().section_start(cpu);
}

void ReadSets::loaded(const volatile void* address, std::uint64_t value) {
  const Engine machine = running();
  const CpuId cpu = machine.cpu();
  if (!machine.in_section(cpu)) return;
  Reader& reader = readers_[index_of(cpu)];
  if (!is_current(cpu)) {
    reader.is_in_section = true;
    reader.section_start = machine.section_start(cpu);
    reader.count = 0;
  }
  const auto bits = reinterpret_cast<std::uintptr_t>(address);
  const ReadWord word{.address = bits,
                      .read = value,
                      .now = value,
                      .life = slab().incarnation_of(object_named_by(value))};
  const auto words = std::span(reader.words).first(reader.count);
  if (const auto known = std::ranges::find(words, bits, &ReadWord::address); known != words.end()) {
    *known = word;
    return;
  }
  if (reader.count == kWords) {
    std::ranges::rotate(reader.words, reader.words.begin() + 1);
    --reader.count;
  }
  reader.words[reader.count++] = word;
}

void ReadSets::stored(const volatile void* address, std::uint64_t value) {
  for (CpuMask left = running().in_sections(); left != 0; left &= left - 1) {
    const CpuId cpu{static_cast<std::uint8_t>(std::countr_zero(left))};
    if (!is_current(cpu)) continue;
    Reader& reader = readers_[index_of(cpu)];
    for (ReadWord& word : std::span(reader.words).first(reader.count)) {
      if (word.address == reinterpret_cast<std::uintptr_t>(address)) word.now = value;
    }
    if (const std::uint64_t view = view_of(reader)) {
      running().feature(sim::Feature::kReadSet, view);
    }
  }
}

// 0 while all that the reader has found is in the life in which it found it.
std::uint64_t ReadSets::view_of(const Reader& reader) const {
  enum class Life : std::uint8_t { kSame, kFree, kLater };
  const ReadWord* stale = nullptr;
  bool is_free = false;
  std::uint64_t view = 1;
  for (const ReadWord& word : std::span(reader.words).first(reader.count)) {
    Life life = Life::kSame;
    if (word.life != 0) {
      const Incarnation now = slab().incarnation_of(object_named_by(word.read));
      if (now != word.life) life = now == 0 ? Life::kFree : Life::kLater;
    }
    const bool is_of_slab = SlabState::contains(word.address);
    if (stale == nullptr && life != Life::kSame && !(outlook_ != nullptr && is_of_slab)) {
      stale = &word;
      is_free = life == Life::kFree;
    }
    view = view << 3 | static_cast<std::uint64_t>(life) << 1 | (word.now == word.read ? 1U : 0U);
  }
  if (outlook_ == nullptr) return stale != nullptr ? view : 0;
  if (stale == nullptr) return 0;
  const std::uint64_t outlook = outlook_({.word = reinterpret_cast<const void*>(stale->address),
                                          .object = object_named_by(stale->read),
                                          .words = std::span(reader.words).first(reader.count)});
  return outlook == 0 ? 0 : outlook << 1 | (is_free ? 1U : 0U);
}

}  // namespace revenant::kernel
