// What a refreshed line on a terminal needs.
#pragma once

namespace revenant {

// Back to the beginning of the line, and clear it.
inline constexpr const char* kFreshLine = "\r\x1b[K";

}  // namespace revenant
