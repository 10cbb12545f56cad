// The front page: each run that it shows is the run that there is.
#include <sstream>
#include <vector>

#include "cli/test_command.h"

namespace revenant {
namespace {

using Lines = std::vector<std::string>;

Lines lines_of(const std::string& text) {
  Lines lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

// The lines of each block of text.
std::vector<Lines> blocks() {
  std::vector<Lines> blocks;
  bool is_inside = false;
  for (const std::string& line : lines_of(read_file(REVENANT_SOURCE_DIR "/README.md"))) {
    if (line == "```text") blocks.emplace_back();
    if (is_inside && line != "```") blocks.back().push_back(line);
    is_inside = line == "```text" || (is_inside && line != "```");
  }
  return blocks;
}

// How the block begins, and what prints it.
struct Quote {
  std::string_view begins;
  std::string command;
};
const std::string kMail = "show anon_vma/as_posted corpus/anon_vma/recycle_2010.schedule";
const Quote kQuotes[] = {
    {.begins = "                         : in an RCU read-side section", .command = kMail},
    {.begins = "CPU 0 in `lock page0` finds", .command = kMail},
    {.begins = "$ revenant replay anon_vma/weak_flush_if_locked",
     .command = "replay anon_vma/weak_flush_if_locked corpus/anon_vma/looks_at_the_lock.schedule"},
};

class Readme : public Cli {};

TEST_F(Readme, ShowsRunsAsTheyAre) {
  fs::create_symlink(REVENANT_SOURCE_DIR "/corpus", folder_ / "corpus");
  const std::vector<Lines> all = blocks();
  for (const Quote& quote : kQuotes) {
    const auto block = std::ranges::find_if(
        all, [&](const Lines& lines) { return lines.front().starts_with(quote.begins); });
    ASSERT_NE(block, all.end()) << quote.begins;
    const Lines printed = lines_of(run(quote.command).out);
    auto at = printed.begin();
    for (const std::string& line : *block) {
      if (line == "$ revenant " + quote.command || line == "...") continue;
      at = std::find(at, printed.end(), line);
      ASSERT_NE(at, printed.end()) << line;
    }
  }
}

}  // namespace
}  // namespace revenant
