// The stack of another thread, for a report: where it is, whatever it does.
#pragma once

#include <pthread.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <string>

namespace revenant::native {

class Stack {
 public:
  // Makes the thread take its own, and waits a moment for it; false if it does not. The thread must
  // have called own(). One stack at a time.
  bool take_of(pthread_t thread);
  // For a thread: this is where its stacks go from now on.
  void own();
  static void own_none();

  // A line for each frame: "    #0 function file:line" where a sanitizer can tell, else the address
  // in the program.
  std::string text() const;

 private:
  static void on_signal(int number);
  void take();

  static constexpr std::size_t kMaxFrames = 48;
  std::array<void*, kMaxFrames> frames_{};
  std::size_t count_ = 0;
  std::atomic<bool> is_taken_ = false;
};

}  // namespace revenant::native
