// A run as one JSON document, as docs/run-format.md describes it: what the viewer and other tools
// read.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>

#include "report/recording.h"

namespace revenant {

// Raised when a field changes its meaning or goes; new fields do not count.
inline constexpr int kRunFormatVersion = 1;

// The text of a line of source, or an empty one where that is not to be had.
using SourceLine = std::function<std::string(const Site&)>;

nlohmann::ordered_json run_json(const ReportInput& input, const Recording& recording,
                                const SourceLine& source_line);

}  // namespace revenant
