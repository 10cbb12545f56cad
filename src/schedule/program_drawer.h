// Draws the ops of a program while it runs, so that most of them do something.
//
// Of ops that are drawn blindly most find nothing to do: the page is not mapped, the process not in
// use. Here an op that left no trace gives its place to another one, a few times; how a run goes
// decides what is drawn next. Programs are as long as they may be: what comes last finds most to
// work on. After swarm testing (Groce and others, ISSTA 2012) one program draws
// from most kinds of op, and from a few values of each argument: ops must meet on the same objects
// to interact, and what is left out cannot get in the way.
//
// Memory  next() and keeps() allocate nothing: CPUs call them.
#pragma once

#include <array>
#include <boost/container/static_vector.hpp>
#include <cstdint>
#include <optional>

#include "base/rng.h"
#include "schedule/op_table.h"

namespace revenant {

// What the ops of one program are drawn from. Arguments of one name have the same values in use.
class Swarm {
 public:
  // The table must outlive the object.
  Swarm(const OpTable& table, Rng& rng);

  OpCall draw(Rng& rng) const;

 private:
  std::uint32_t breadth(const Argument& argument) const;

  const OpTable& table_;
  boost::container::static_vector<std::uint8_t, 256> ops_;
  std::uint64_t breadths_ = 0;
};

class ProgramDrawer {
 public:
  // Idle ops that a place may have before one is kept.
  static constexpr std::uint32_t kMaxIdle = 16;

  // For a schedule that draws, by the seed of its walk. Its ops are used until the walk has taken
  // over, and all others are drawn. Table and schedule must outlive the object.
  ProgramDrawer(const OpTable& table, const Schedule& start);

  // The CPU's next op; nullopt at its end. `walks`: nothing but a walk answers questions by now.
  std::optional<OpCall> next(CpuId cpu, bool walks);
  // What was returned last for this CPU has been performed, and left no trace where `is_idle`:
  // false if another op is to take its place, which next() then returns.
  bool keeps(CpuId cpu, bool is_idle);

 private:
  struct Cpu {
    std::uint32_t done = 0;
    std::uint32_t idle = 0;  // In a row.
    bool is_drawn = false;   // The last op, and so all that follow.
  };

  const Schedule& start_;
  Rng rng_;
  Swarm swarm_;
  std::array<Cpu, kMaxScheduleCpus> cpus_{};
};

// The programs of a schedule, those of one that draws up to their full length: for an engine that
// cannot tell whether an op was idle, nor when a walk takes over.
OpsByCpu drawn_ahead(const OpTable& table, const Schedule& schedule);

}  // namespace revenant
