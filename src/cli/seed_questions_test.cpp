// The page about the review's nine questions: each command on it is run, and ends as the page says.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "cli/files.h"

namespace revenant {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kCommand = "$ revenant ";
constexpr std::string_view kExit = "# exit ";
constexpr std::size_t kQuestions = 9;

// A line "$ revenant ARGUMENTS", and the line "# exit N" that ends what is shown of its output.
struct Command {
  std::string arguments;
  int line = 0;
  int exit_status = -1;            // -1 where the page does not say.
  std::vector<std::string> shown;  // Lines of the output that the page quotes.
};

struct Section {
  std::string title;
  std::vector<Command> commands;
};

// Sections are the headings "## Q...".
std::vector<Section> parse(const std::string& page) {
  std::vector<Section> sections;
  std::istringstream lines(page);
  int number = 0;
  bool quotes = false;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (line.starts_with("## Q")) sections.push_back({.title = line, .commands = {}});
    if (sections.empty()) continue;
    std::vector<Command>& commands = sections.back().commands;
    if (line.starts_with(kCommand)) {
      commands.push_back(
          {.arguments = line.substr(kCommand.size()), .line = number, .exit_status = -1, .shown{}});
      quotes = true;
    } else if (line.starts_with(kExit) && quotes) {
      commands.back().exit_status = std::stoi(line.substr(kExit.size()));
      quotes = false;
    } else if (quotes) {
      commands.back().shown.push_back(line);
    }
  }
  return sections;
}

std::vector<Section> page() {
  return parse(read_file(REVENANT_SOURCE_DIR "/docs/seed-questions.md"));
}

class SeedQuestions : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("revenant-questions-" + std::to_string(::getpid()));
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  int run(const Command& command) const {
    std::string arguments = command.arguments;
    if (arguments.starts_with("fuzz ")) arguments += " --artifacts '" + folder_.string() + "'";
    const std::string line = "cd '" REVENANT_SOURCE_DIR "' && '" REVENANT_BIN_DIR "/revenant' " +
                             arguments + " >'" + out().string() + "' 2>&1 </dev/null";
    const int status = std::system(line.c_str());
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  fs::path out() const { return folder_ / "out.txt"; }

  fs::path folder_;
};

TEST(SeedQuestionsPage, AnswersNineQuestionsEachWithACommand) {
  const std::vector<Section> sections = page();
  ASSERT_EQ(sections.size(), kQuestions);
  for (std::size_t i = 0; i < kQuestions; ++i) {
    EXPECT_TRUE(sections[i].title.starts_with("## Q" + std::to_string(i + 1) + ":"))
        << sections[i].title;
    EXPECT_FALSE(sections[i].commands.empty()) << sections[i].title;
  }
}

// True if the line has what stands between the "..." of the quotation, in order; the first piece at
// its start.
bool is_quoted_by(const std::string& line, std::string_view quotation) {
  constexpr std::string_view kDots = "...";
  std::size_t at = 0;
  for (bool is_first = true; !quotation.empty(); is_first = false) {
    const std::size_t dots = quotation.find(kDots);
    const std::string_view piece = quotation.substr(0, dots);
    const std::size_t found = line.find(piece, at);
    if (found == std::string::npos || (is_first && found != 0)) return false;
    at = found + piece.size();
    quotation.remove_prefix(dots == std::string_view::npos ? quotation.size()
                                                           : dots + kDots.size());
  }
  return true;
}

// Each quoted line is printed, and they are in order.
void expect_quoted(const Command& command, const std::string& printed) {
  std::istringstream lines(printed);
  std::string line;
  for (const std::string& quotation : command.shown) {
    bool found = false;
    while (!found && std::getline(lines, line)) found = is_quoted_by(line, quotation);
    EXPECT_TRUE(found) << "line " << command.line << " is followed by\n"
                       << quotation << "\nbut prints\n"
                       << printed;
  }
}

TEST_F(SeedQuestions, EachCommandPrintsAndEndsAsThePageSays) {
  for (const Section& section : page()) {
    for (const Command& command : section.commands) {
      ASSERT_GE(command.exit_status, 0) << "line " << command.line << " has no '# exit N'";
      const int status = run(command);
      const std::string printed = read_file(out());
      EXPECT_EQ(status, command.exit_status)
          << "line " << command.line << ": revenant " << command.arguments << "\n"
          << printed;
      expect_quoted(command, printed);
    }
  }
}

}  // namespace
}  // namespace revenant
