// What happened, in three to six plain sentences made from the trace: who looked up which life of
// an object, who freed it, who got it again, what the blamed CPU relied on, and what would have
// told it.
#pragma once

#include <string>
#include <vector>

#include "report/recording.h"

namespace revenant {

// Each sentence names its steps and source lines. For a run without a finding, one sentence.
std::vector<std::string> explain(const ReportInput& input, const Recording& recording);

// The sentences as a paragraph of lines of at most `width` columns.
std::string as_paragraph(const std::vector<std::string>& sentences, std::size_t width = 100);

}  // namespace revenant
