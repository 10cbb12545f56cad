#include "minimize/reschedule.h"

#include <algorithm>

#include "base/rng.h"

namespace revenant {
namespace {

// A schedule of the level below, and what is to be added to it.
struct Extension {
  std::size_t parent = 0;
  Preemption added{};
  std::size_t question = 0;  // Of the parent's run, that it answers.
};

// A schedule and the number of questions up to the one answered last.
struct Node {
  Schedule schedule;
  std::size_t answered = 0;
};

bool has_entry_at(const Schedule& schedule, const Anchor& at) {
  return std::ranges::any_of(schedule.preemptions, [&](const Preemption& p) { return p.at == at; });
}

void extend(std::size_t parent, const Node& node, const Questions& run,
            std::vector<Extension>& extensions) {
  if (node.schedule.preemptions.size() == kMaxPreemptions) return;
  for (std::size_t i = node.answered; i < run.size(); ++i) {
    const auto& [at, runnable, in_section, locks_held] = run[i];
    if (at.op > kMaxAnchor || at.point > kMaxAnchor || has_entry_at(node.schedule, at)) continue;
    const CpuId usual = default_cpu(at.cpu, runnable);
    for (std::uint8_t to = 0; to < kAnchorCpus; ++to) {
      if (CpuId{to} == usual || (runnable & mask_of(CpuId{to})) == 0) continue;
      extensions.push_back({.parent = parent, .added = {.at = at, .to = CpuId{to}}, .question = i});
    }
  }
}

// Leaves `count` of them, in the order they had.
void sample(std::vector<Extension>& extensions, std::size_t count, Rng& rng) {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < extensions.size() && kept < count; ++i) {
    if (rng.below(static_cast<std::uint32_t>(extensions.size() - i)) < count - kept) {
      extensions[kept++] = extensions[i];
    }
  }
  extensions.resize(kept);
}

std::vector<Schedule> schedules_of(const std::vector<Node>& nodes) {
  std::vector<Schedule> schedules;
  schedules.reserve(nodes.size());
  for (const Node& node : nodes) schedules.push_back(node.schedule);
  return schedules;
}

std::vector<Node> next_level(const std::vector<Node>& nodes, std::size_t count, Rng& rng,
                             Trials& trials) {
  const std::vector<Questions> runs = trials.questions(schedules_of(nodes));
  std::vector<Extension> extensions;
  for (std::size_t i = 0; i < nodes.size(); ++i) extend(i, nodes[i], runs[i], extensions);
  if (extensions.size() > count) sample(extensions, count, rng);
  std::vector<Node> level;
  for (const Extension& extension : extensions) {
    level.push_back({nodes[extension.parent].schedule, extension.question + 1});
    level.back().schedule.preemptions.push_back(extension.added);
    normalize(level.back().schedule);
  }
  return level;
}

}  // namespace

std::optional<Schedule> reschedule(const Schedule& base, const RescheduleLimits& limits,
                                   Trials& trials) {
  Rng rng(limits.executions);
  std::vector<Node> level{{base, 0}};
  for (std::size_t preemptions = 0;; ++preemptions) {
    const std::vector<Schedule> schedules = schedules_of(level);
    if (const auto found = trials.first_failing(schedules)) return schedules[*found];
    if (preemptions == limits.preemptions || trials.is_stopped()) return std::nullopt;
    level = next_level(level, limits.executions, rng, trials);
  }
}

}  // namespace revenant
