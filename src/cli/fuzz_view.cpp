#include "cli/fuzz_view.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <vector>

#include "cli/terminal.h"

namespace revenant {
namespace {

constexpr double kBetweenDraws = 0.1;
constexpr double kMostBetweenLogs = 60;

// One column less than there are: a full line would wrap, and could not be drawn over.
std::size_t width_of_terminal() {
  constexpr std::size_t kUsual = 80;
  winsize size{};
  const bool is_known = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return (is_known ? size.ws_col : kUsual) - 1;
}

// 1234567 as "1 234 567".
std::string grouped(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t at = text.size(); at > 3;) {
    at -= 3;
    text.insert(at, 1, ' ');
  }
  return text;
}

}  // namespace

std::string duration_text(double seconds) {
  const auto whole = static_cast<std::uint64_t>(std::max(0.0, seconds));
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  return fmt::format("{} h {:02} min", whole / 3600, whole / 60 % 60);
}

std::string status_text(const FuzzMoment& moment, std::size_t width) {
  const FuzzProgress& now = moment.now;
  const double per_second =
      moment.seconds > 0 ? static_cast<double>(now.executions) / moment.seconds : 0;
  std::vector<std::string> parts{
      grouped(now.executions) + " executions",
      grouped(static_cast<std::uint64_t>(per_second)) + "/s",
      now.findings == 0 ? "no finding" : fmt::format("findings {}", now.findings)};
  if (moment.left) parts.push_back(duration_text(*moment.left) + " left");
  parts.push_back(grouped(now.features) + " features");
  parts.push_back("last new " + duration_text(moment.since_new) + " ago");
  parts.push_back("corpus " + grouped(now.corpus));
  std::string line;
  for (const std::string& part : parts) {
    const std::size_t gap = line.empty() ? 0 : 2;
    if (line.size() + gap + part.size() > width) break;
    line.append(gap, ' ').append(part);
  }
  return line;
}

FuzzView::~FuzzView() {
  if (!is_open_) return;
  std::fputs(kFreshLine, stderr);
  std::fflush(stderr);
}

FuzzMoment FuzzView::moment_of(const FuzzProgress& now, double seconds) const {
  FuzzMoment moment{.now = now, .seconds = seconds, .since_new = seconds - new_at_};
  if (limits_.executions > 0 && now.executions > 0) {
    moment.left =
        seconds * static_cast<double>(limits_.executions) / static_cast<double>(now.executions) -
        seconds;
  }
  if (limits_.seconds) {
    const double left = static_cast<double>(limits_.seconds->count()) - seconds;
    moment.left = std::min(left, moment.left.value_or(left));
  }
  return moment;
}

void FuzzView::update(const FuzzProgress& now) {
  if (view_ == View::kNone) return;
  const double seconds = std::chrono::duration<double>(Clock::now() - start_).count();
  if (now.features > features_) {
    features_ = now.features;
    new_at_ = seconds;
  }
  if (view_ == View::kLine && seconds >= next_) {
    next_ = seconds + kBetweenDraws;
    is_open_ = true;
    std::fputs((kFreshLine + status_text(moment_of(now, seconds), width_of_terminal())).c_str(),
               stderr);
    std::fflush(stderr);
  } else if (view_ == View::kLog && seconds >= std::max(next_, between_logs_)) {
    between_logs_ = std::min(between_logs_ * 2, kMostBetweenLogs);
    next_ = seconds + between_logs_;
    constexpr std::size_t kWholeLine = 1000;
    std::fputs((status_text(moment_of(now, seconds), kWholeLine) + "\n").c_str(), stderr);
    std::fflush(stderr);
  }
}

}  // namespace revenant
