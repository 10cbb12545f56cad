// All programs of a size: which ops each CPU does, without any preemption or choice.
//
// Numbered, so that a search can be resumed and shared out. CPUs with equally many ops come in
// order of their ops; what is the same but for the names of CPUs comes once.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "schedule/op_table.h"
#include "schedule/schedule.h"

namespace revenant {

class Programs {
 public:
  // Those with `ops` ops or fewer, one or more, on at most `cpus` CPUs, small ones first. Requires
  // cpus <= kMaxScheduleCpus, ops <= kMaxOpsPerCpu and fewer than 2^64 programs.
  Programs(const OpTable& table, std::uint32_t cpus, std::uint32_t ops);

  // How many numbers there are; some of them name a program that another number names too.
  std::uint64_t size() const { return size_; }
  // None for such a number. Requires number < size().
  std::optional<Schedule> program(std::uint64_t number) const;

 private:
  // How many ops each CPU has, most first.
  using Layout = std::vector<std::uint32_t>;

  void add_layouts(Layout layout, std::uint32_t ops, std::uint32_t most, std::uint32_t cpus);

  OpTable table_;
  std::vector<Layout> layouts_;
  std::vector<std::uint64_t> sizes_;  // How many programs each layout has.
  std::uint64_t size_ = 0;
};

}  // namespace revenant
