// Who says of a candidate whether it still fails. The minimizer knows nothing else of a run.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "choice/choices.h"
#include "schedule/schedule.h"

namespace revenant {

// Who runs next? As asked in one run, in its order.
using Questions = std::vector<RunQuestion>;

class Judge {
 public:
  virtual ~Judge() = default;

  // The index of the first candidate that still fails; those behind it need not have been run. The
  // candidates are normalized.
  virtual std::optional<std::size_t> first_failing(std::span<const Schedule> candidates) = 0;

  // For each candidate what its run asks; a long run's list may stop short. A judge that does not
  // know returns empty lists: results are then larger.
  virtual std::vector<Questions> questions(std::span<const Schedule> candidates) = 0;
};

}  // namespace revenant
