#include "schedule/programs.h"

#include <algorithm>

#include "base/check.h"

namespace revenant {

Programs::Programs(const OpTable& table, std::uint32_t cpus, std::uint32_t ops) : table_(table) {
  REVENANT_CHECK(cpus >= 1 && cpus <= kMaxScheduleCpus && ops <= kMaxOpsPerCpu);
  for (std::uint32_t total = 1; total <= ops; ++total) {
    const std::size_t first = layouts_.size();
    add_layouts({}, total, total, cpus);
    std::uint64_t count = 1;
    for (std::uint32_t i = 0; i < total; ++i) count *= table_.size();
    for (std::size_t i = first; i < layouts_.size(); ++i) sizes_.push_back(count);
    size_ += count * (layouts_.size() - first);
  }
}

void Programs::add_layouts(Layout layout, std::uint32_t ops, std::uint32_t most,
                           std::uint32_t cpus) {
  if (ops == 0) {
    layouts_.push_back(std::move(layout));
    return;
  }
  if (layout.size() == cpus) return;
  for (std::uint32_t here = std::min(ops, most); here > 0; --here) {
    Layout longer = layout;
    longer.push_back(here);
    add_layouts(std::move(longer), ops - here, here, cpus);
  }
}

std::optional<Schedule> Programs::program(std::uint64_t number) const {
  std::size_t layout = 0;
  for (; number >= sizes_[layout]; ++layout) number -= sizes_[layout];
  Schedule schedule;
  std::vector<std::uint32_t> before;  // The ops of the CPU before, by number.
  for (const std::uint32_t ops : layouts_[layout]) {
    std::vector<std::uint32_t> numbers;
    schedule.cpus.emplace_back();
    for (std::uint32_t i = 0; i < ops; ++i, number /= table_.size()) {
      numbers.push_back(static_cast<std::uint32_t>(number % table_.size()));
      schedule.cpus.back().push_back(table_.call(numbers.back()));
    }
    if (numbers.size() == before.size() && numbers < before) return std::nullopt;
    before = std::move(numbers);
  }
  return schedule;
}

}  // namespace revenant
