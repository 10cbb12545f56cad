#include "native/stack.h"

#include <dlfcn.h>
#include <unwind.h>

#include <csignal>
#include <cstdint>

#include "native/futex.h"

// Of the sanitizers' runtime, where there is one.
extern "C" [[gnu::weak]] void __sanitizer_symbolize_pc(void* pc, const char* format, char* out,
                                                       std::size_t out_size);

namespace revenant::native {
namespace {

// TSan keeps other signals back until the thread calls into it, and one that hangs may never do so.
constexpr int kSignal = SIGTRAP;

thread_local Stack* own_stack = nullptr;

struct Frames {
  void** begin;
  std::size_t capacity;
  std::size_t count;
};

_Unwind_Reason_Code add_frame(_Unwind_Context* context, void* argument) {
  Frames& frames = *static_cast<Frames*>(argument);
  if (frames.count == frames.capacity) return _URC_END_OF_STACK;
  frames.begin[frames.count++] = reinterpret_cast<void*>(_Unwind_GetIP(context));
  return _URC_NO_REASON;
}

std::string place_of(void* pc) {
  char text[512] = {};
  if (__sanitizer_symbolize_pc != nullptr) {
    __sanitizer_symbolize_pc(pc, "%f %S", text, sizeof text);
    return text;
  }
  Dl_info info{};
  if (::dladdr(pc, &info) == 0 || info.dli_fname == nullptr) return "?";
  const auto offset =
      reinterpret_cast<std::uintptr_t>(pc) - reinterpret_cast<std::uintptr_t>(info.dli_fbase);
  std::string place = std::string(info.dli_fname) + "+0x";
  for (int shift = 60; shift >= 0; shift -= 4) {
    const std::uintptr_t digit = offset >> shift & 0xf;
    if (digit != 0 || place.back() != 'x' || shift == 0) place += "0123456789abcdef"[digit];
  }
  return place;
}

}  // namespace

void Stack::own() { own_stack = this; }

void Stack::own_none() { own_stack = nullptr; }

void Stack::on_signal(int /*number*/) {
  if (own_stack != nullptr) own_stack->take();
}

void Stack::take() {
  Frames frames{.begin = frames_.data(), .capacity = frames_.size(), .count = 0};
  _Unwind_Backtrace(&add_frame, &frames);
  count_ = frames.count;
  is_taken_ = true;
}

bool Stack::take_of(pthread_t thread) {
  count_ = 0;
  is_taken_ = false;
  struct sigaction action{};
  struct sigaction before{};
  action.sa_handler = &on_signal;
  ::sigaction(kSignal, &action, &before);
  ::pthread_kill(thread, kSignal);
  constexpr int kTries = 200;
  static FutexWord nothing{0};
  for (int i = 0; i < kTries && !is_taken_; ++i) {
    futex_wait(nothing, 0, std::chrono::milliseconds(1));
  }
  // A signal that is still under way must find somebody who expects it.
  if (is_taken_) ::sigaction(kSignal, &before, nullptr);
  return is_taken_;
}

std::string Stack::text() const {
  std::string text;
  for (std::size_t i = 0; i < count_; ++i) {
    text += "    #" + std::to_string(i) + " " + place_of(frames_[i]) + "\n";
  }
  return text;
}

}  // namespace revenant::native
