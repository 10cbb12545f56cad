// What each reader has read in its section, and how much of it still holds.
//
// A reader that takes no lock decides by what it has read: a pointer, a count, the pointer once
// more. It goes wrong where all that it compares is as it was, and the object that it found is in
// another life: ABA. A run comes near that step by step, and each step is a feature of it
// (sim::Feature::kReadSet): at each store, for each reader that stands in a section with an object
// whose life has ended, which of the words that it has read are as they were. As optimistic
// concurrency control validates a read set by value (Kung and Robinson, TODS 1981), but while the
// reader stands, and to know how far it is from being wrong.
//
// Of the sim engine: where CPUs run at once, nobody knows what a word holds meanwhile. Nothing here
// yields or allocates.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "kernel/slab_state.h"
#include "sim/machine.h"

namespace revenant::kernel {

// A word that a reader has read in its section.
struct ReadWord {
  std::uintptr_t address = 0;
  std::uint64_t read = 0;
  std::uint64_t now = 0;  // Stored since, or as it was read: with weak memory it may be older.
  Incarnation life = 0;   // Of the object that it named when it was read; 0 for none.
};

// A reader that stands with an object whose life has ended.
struct StaleReader {
  const void* word = nullptr;  // In which it found the object.
  const void* object = nullptr;
  std::span<const ReadWord> words;

  // What the reader has read at the address; 0 too if it has not.
  std::uint64_t value_read(const void* address) const;
};

// A number for how the data lie around a reader, which says more than whether the words are as they
// were: Subject::outlook.
using Outlook = std::uint64_t (*)(const StaleReader& reader);

class ReadSets {
 public:
  // Forgets the run before. `outlook` may be null.
  void begin_run(Outlook outlook);

  // The running CPU has loaded or stored a marked word.
  void loaded(const volatile void* address, std::uint64_t value);
  void stored(const volatile void* address, std::uint64_t value);

 private:
  // Of a section, those that were first read last.
  static constexpr std::size_t kWords = 6;

  struct Reader {
    bool is_in_section = false;
    std::uint32_t section_start = 0;
    std::size_t count = 0;
    std::array<ReadWord, kWords> words{};  // In the order of their first loads.
  };

  bool is_current(CpuId cpu) const;
  std::uint64_t view_of(const Reader& reader) const;

  Outlook outlook_ = nullptr;
  std::array<Reader, sim::kMaxFibers> readers_{};
};

ReadSets& read_sets();

}  // namespace revenant::kernel
