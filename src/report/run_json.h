// A run as one JSON document, as docs/run-format.md describes it: what the viewer and other tools
// read.
#pragma once

#include <nlohmann/json.hpp>

#include "report/recording.h"

namespace revenant {

nlohmann::ordered_json run_json(const ReportInput& input, const Recording& recording);

}  // namespace revenant
