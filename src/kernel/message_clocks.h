// What TSan is told of the messages of a weak run: who reads a message sees what was released with
// it, and nothing of what was released with others of the same word. So a load that returns an old
// value hides no race. Without TSan, nothing.
//
// Each message has a clock, or none where nothing was released with it.
//
// More than the memory model orders, which can hide a race and invents none:
//   - A read-modify-write that releases and does not acquire, or that is relaxed and follows an
//     smp_wmb, adds to the clock of the message that it reads instead of copying it.
//   - Messages beyond the first kMaxClocks of a run share one.
//   - A load of a pointer is an acquire, since TSan knows no dependencies.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace revenant::kernel {

class MessageClocks {
 public:
  using Id = std::uint16_t;
  static constexpr Id kNone = 0;

#ifdef REVENANT_WITH_TSAN
  void begin_run() { count_ = kFirst; }

  // Of a message to come: of a store with release, of one without, and of an update of `old`.
  Id of_release();
  Id of_store();
  Id of_update(Id old, bool releases);

  void acquire(Id clock) const;
  // Left to the next smp_rmb.
  void read(Id clock) const;

 private:
  static constexpr std::size_t kMaxClocks = 4096;
  static constexpr Id kShared = 1;
  static constexpr Id kFirst = 2;
  struct alignas(8) Clock {
    unsigned char clock = 0;
  };

  Id count_ = kFirst;
  std::array<Clock, kMaxClocks> clocks_{};
#else
  // NOLINTBEGIN(readability-convert-member-functions-to-static): the interface is the one above.
  void begin_run() {}
  Id of_release() { return kNone; }
  Id of_store() { return kNone; }
  Id of_update(Id /*old*/, bool /*releases*/) { return kNone; }
  void acquire(Id /*clock*/) const {}
  void read(Id /*clock*/) const {}
  // NOLINTEND(readability-convert-member-functions-to-static)
#endif
};

}  // namespace revenant::kernel
