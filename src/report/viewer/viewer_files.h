// The parts of the page as they stand in src/report/viewer/, put into the program by
// cmake/embed_text.cmake.
#pragma once

#include <string_view>

namespace revenant {

extern const std::string_view kViewerHtml;  // With the names of what goes where in double braces.
extern const std::string_view kViewerCss;
extern const std::string_view kRunJs;
extern const std::string_view kTimelineJs;
extern const std::string_view kPanelJs;
extern const std::string_view kViewerJs;

}  // namespace revenant
