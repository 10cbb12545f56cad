// Findings in SARIF 2.1.0, the form that code-scanning pages take.
// https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "report/recording.h"

namespace revenant {

// One result: the explanation as its message, the place of the finding, its signature as the
// fingerprint by which results of other days are matched, and a thread flow for each CPU.
// `schedule_file` is the schedule that shows it. Requires input.finding.
nlohmann::ordered_json sarif_result(const ReportInput& input, const Recording& recording,
                                    const std::string& schedule_file);

// A finding whose run is not to be had again: all that is known of it.
struct SeenOnce {
  const Subject& subject;
  const Variant& variant;
  FindingKind kind{};
  std::string signature;
  std::string text;
  std::string schedule_file;  // That it was met with.
};
// One result too, without a place and flows.
nlohmann::ordered_json sarif_result(const SeenOnce& finding);

// The document; a rule for each kind of finding, whether it was met or not.
nlohmann::ordered_json sarif_document(const nlohmann::ordered_json& results);

}  // namespace revenant
