// The page about the kinds of findings: each kind has a section, and each command there shows it.
#include <algorithm>
#include <map>
#include <sstream>

#include "cli/test_command.h"

namespace revenant {
namespace {

// Kind by kind, the commands of its section: whole lines in backquotes.
std::map<std::string, std::vector<std::string>> sections() {
  constexpr std::string_view kHeading = "## `";
  constexpr std::string_view kCommand = "`revenant ";
  std::map<std::string, std::vector<std::string>> sections;
  std::string kind;
  std::istringstream lines(read_file(REVENANT_SOURCE_DIR "/docs/findings.md"));
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(kHeading)) {
      kind = line.substr(kHeading.size(), line.size() - kHeading.size() - 1);
      sections[kind];
    } else if (line.starts_with(kCommand) && line.ends_with('`')) {
      sections[kind].push_back(line.substr(kCommand.size(), line.size() - kCommand.size() - 1));
    }
  }
  return sections;
}

class FindingsPage : public Cli {};

TEST_F(FindingsPage, HasASectionForEveryKind) {
  const auto all = sections();
  for (int i = 0; i <= static_cast<int>(FindingKind::kUbsan); ++i) {
    const std::string kind(name_of(static_cast<FindingKind>(i)));
    EXPECT_TRUE(all.contains(kind)) << kind;
  }
  EXPECT_EQ(all.size(), static_cast<std::size_t>(FindingKind::kUbsan) + 1);
}

TEST_F(FindingsPage, EachCommandShowsTheKindOfItsSection) {
  fs::create_symlink(REVENANT_SOURCE_DIR "/corpus", folder_ / "corpus");
  std::size_t commands = 0;
  for (const auto& [kind, section] : sections()) {
    for (const std::string& command : section) {
      ++commands;
      const Ran ran = run(command);
      EXPECT_EQ(ran.status, 1) << command << "\n" << ran.err;
      EXPECT_NE(ran.out.find(kind + " in anon_vma/"), std::string::npos) << command << "\n"
                                                                         << ran.out;
    }
  }
  EXPECT_GE(commands, 10U);
}

}  // namespace
}  // namespace revenant
