// A run in the Chrome trace-event format, which Perfetto opens: a track for each CPU, lock and
// slab object, and one for each CPU's read-side sections; arrows from stores to the loads of other
// CPUs that took their value. An event takes one microsecond.
// https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU
#pragma once

#include <nlohmann/json.hpp>

#include "report/recording.h"

namespace revenant {

nlohmann::ordered_json perfetto_json(const ReportInput& input, const Recording& recording);

}  // namespace revenant
