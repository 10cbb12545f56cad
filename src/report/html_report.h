// A run as one HTML page that needs nothing else: no network, no other file. It carries the run's
// JSON document (docs/run-format.md), and src/report/viewer/ draws that.
#pragma once

#include <string>

#include "report/run_json.h"

namespace revenant {

// Any document of that form, under this title.
std::string html_page(const std::string& title, const nlohmann::ordered_json& run);

std::string html_report(const ReportInput& input, const Recording& recording,
                        const SourceLine& source_line);

}  // namespace revenant
