// Where a computation that does not run continues: its stack, its frame and its next instruction.
//
// A switch is a few instructions at the place where it is wanted, never a function. A function that
// leaves by a jump has a call without a return, after which a processor foretells the target of
// every return wrong, up to the depth of the call: three times the cost of a scheduling point that
// switches. All registers but those of stack and frame count as changed, so the compiler saves, at
// each place, what is alive there.
//
// Not part of a context: floating-point modes, which nobody here changes, and shadow stacks.
// For x86-64 and AArch64 on Linux.
#pragma once

#include <cstddef>

namespace revenant::sim {

class Context {
 public:
  // Gets what the first switch was from, and this context. Must not return.
  using Start = void (*)(Context& from, Context& to);

  // The first switch to this context calls `start`, on the stack that ends at `stack_end`, which is
  // aligned to 16 bytes. A stack trace ends there.
  void begin_at(void* stack_end, Start start);

  // Leaves `from`, which is the running computation, and continues `to`, which is not. Returns when
  // something switches to `from`. Says nothing to a sanitizer.
  [[gnu::always_inline]] static void switch_between(Context& from, Context& to);

 private:
  void* stack_ = nullptr;
  void* frame_ = nullptr;
  Start next_ = nullptr;
};

#if defined(__x86_64__)

inline void Context::begin_at(void* stack_end, Start start) {
  // As if called from address 0.
  void** const top = static_cast<void**>(stack_end) - 1;
  *top = nullptr;
  stack_ = top;
  frame_ = nullptr;
  next_ = start;
}

inline void Context::switch_between(Context& from, Context& to) {
  Context* left = &from;
  Context* entered = &to;
  asm volatile(
      "leaq 1f(%%rip), %%rax\n\t"
      "movq %%rsp, %c[stack](%%rdi)\n\t"
      "movq %%rbp, %c[frame](%%rdi)\n\t"
      "movq %%rax, %c[next](%%rdi)\n\t"
      "movq %c[stack](%%rsi), %%rsp\n\t"
      "movq %c[frame](%%rsi), %%rbp\n\t"
      "jmpq *%c[next](%%rsi)\n"
      "1:"
      : "+D"(left), "+S"(entered)
      : [stack] "i"(offsetof(Context, stack_)), [frame] "i"(offsetof(Context, frame_)),
        [next] "i"(offsetof(Context, next_))
      : "rax", "rbx", "rcx", "rdx", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15",  //
        "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10",
        "xmm11", "xmm12", "xmm13", "xmm14", "xmm15",
#ifdef __AVX512F__
        "xmm16", "xmm17", "xmm18", "xmm19", "xmm20", "xmm21", "xmm22", "xmm23", "xmm24", "xmm25",
        "xmm26", "xmm27", "xmm28", "xmm29", "xmm30", "xmm31", "k0", "k1", "k2", "k3", "k4", "k5",
        "k6", "k7",
#endif
        "st", "st(1)", "st(2)", "st(3)", "st(4)", "st(5)", "st(6)", "st(7)", "cc", "memory");
}

#elif defined(__aarch64__)

inline void Context::begin_at(void* stack_end, Start start) {
  stack_ = stack_end;
  frame_ = nullptr;
  next_ = start;
}

inline void Context::switch_between(Context& from, Context& to) {
  static_assert(offsetof(Context, frame_) == offsetof(Context, stack_) + 8);  // A pair.
  register Context* left asm("x0") = &from;
  register Context* entered asm("x1") = &to;
  asm volatile(
      "adr x30, 1f\n\t"
      "mov x9, sp\n\t"
      "stp x9, x29, [x0, %[stack]]\n\t"
      "str x30, [x0, %[next]]\n\t"
      "ldp x9, x29, [x1, %[stack]]\n\t"
      "ldr x16, [x1, %[next]]\n\t"
      "mov sp, x9\n\t"
      "mov x30, xzr\n\t"
      "br x16\n"     // By x16, as a tail call: such jumps may enter a function.
      "1: hint #36"  // bti j
      : "+r"(left), "+r"(entered)
      : [stack] "i"(offsetof(Context, stack_)), [next] "i"(offsetof(Context, next_))
      : "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15",
        "x16", "x17", "x18", "x19", "x20", "x21", "x22", "x23", "x24", "x25", "x26", "x27", "x28",
        "x30", "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9", "v10", "v11", "v12",
        "v13", "v14", "v15", "v16", "v17", "v18", "v19", "v20", "v21", "v22", "v23", "v24", "v25",
        "v26", "v27", "v28", "v29", "v30", "v31",
#ifdef __ARM_FEATURE_SVE
        "p0", "p1", "p2", "p3", "p4", "p5", "p6", "p7", "p8", "p9", "p10", "p11", "p12", "p13",
        "p14", "p15",
#endif
        "cc", "memory");
}

#else
#error "Context: switching is written for x86-64 and AArch64."
#endif

}  // namespace revenant::sim
