// What a schedule costs without a subject around it: a machine, and the state of the kernel's
// primitives, made new for each run.
#pragma once

#include "bench/programs.h"
#include "kernel/barrier.h"
#include "kernel/lock_owner.h"
#include "kernel/slab_state.h"
#include "sim/machine.h"

namespace revenant::bench {

class Rig {
 public:
  void begin(Choices& choices) {
    machine_.begin(choices, {});
    kernel::slab().begin_run();
    kernel::lock_owners().begin_run();
    kernel::fence_begin_run();
  }

  // One whole run. False where it ends with a finding.
  bool run(const BenchProgram& program, Choices& choices) {
    begin(choices);
    program.set_up();
    return machine_.run(program.cpu_count,
                        {.context = const_cast<BenchProgram*>(&program), .run = &run_cpu});
  }

  sim::Machine& machine() { return machine_; }

 private:
  static void run_cpu(void* program, CpuId cpu) {
    static_cast<const BenchProgram*>(program)->run(cpu);
  }

  sim::Machine machine_;
};

}  // namespace revenant::bench
