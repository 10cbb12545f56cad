// A schedule: what each CPU does, and where the default course of things is left.
//
// By default a CPU runs until it blocks or ends, and then the next one does; a picked number is 0.
// A preemption or a choice names the question that it answers by its anchor (CPU, op, point), so
// adding or removing an op leaves the others in place. Where a schedule has a walk, a random walk
// of that seed answers what the lists leave open; or it takes over at a question, and the lists
// count before it only, so that a run can be kept as far as it was good. A walk may draw ops too:
// each CPU then goes on after those that it is given, or from where the walk has taken over, with
// ops of the walk's seed, up to kMaxOpsPerCpu (program_drawer.h).
#pragma once

#include <boost/container/static_vector.hpp>
#include <cstdint>
#include <optional>

#include "choice/choices.h"
#include "subjects/subject.h"

namespace revenant {

inline constexpr std::size_t kMaxScheduleCpus = 4;
inline constexpr std::size_t kMaxOpsPerCpu = 8;
inline constexpr std::size_t kMaxPreemptions = 64;
inline constexpr std::size_t kMaxPicks = 64;
// CPUs 0 to 3, and the one that runs RCU callbacks.
inline constexpr std::uint32_t kAnchorCpus = 5;
// Anchors count up to here; later points take the default.
inline constexpr std::uint16_t kMaxAnchor = 255;

struct OpCall {
  std::uint8_t op = 0;  // Index into the subject's ops.
  Arguments arguments{};

  friend bool operator==(const OpCall&, const OpCall&) = default;
};

// At this question the CPU `to` runs next, if it can.
struct Preemption {
  Anchor at{};
  CpuId to{};

  friend bool operator==(const Preemption&, const Preemption&) = default;
};

// At this question the answer is `value`, modulo the number of answers.
struct Pick {
  Anchor at{};
  std::uint8_t value = 0;

  friend bool operator==(const Pick&, const Pick&) = default;
};

using Ops = boost::container::static_vector<OpCall, kMaxOpsPerCpu>;
using OpsByCpu = boost::container::static_vector<Ops, kMaxScheduleCpus>;  // Of CPU 0, 1, ...

struct Schedule {
  OpsByCpu cpus;
  boost::container::static_vector<Preemption, kMaxPreemptions> preemptions;
  boost::container::static_vector<Pick, kMaxPicks> picks;
  std::optional<std::uint32_t> walk;
  std::uint16_t walk_from = 0;  // The question, counted from 0, that it takes over at; 0 is never.
  bool draws = false;           // Whether the walk draws ops too.

  friend bool operator==(const Schedule&, const Schedule&) = default;
};

// By CPU, then op, then point.
constexpr bool comes_before(const Anchor& a, const Anchor& b) {
  const auto place = [](const Anchor& at) {
    return std::uint64_t{index_of(at.cpu)} << 32 | std::uint64_t{at.op} << 16 | at.point;
  };
  return place(a) < place(b);
}

// The form that codecs keep and choices need: at least one CPU, lists in order of their anchors, at
// most one entry for each, of two the first stays; without a walk nothing takes over or is drawn.
void normalize(Schedule& schedule);

}  // namespace revenant
