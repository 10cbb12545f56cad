// For tests of the command: a folder of the test's own, and the program run in it.
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "cli/files.h"

namespace revenant {

namespace fs = std::filesystem;

inline const std::string kRecycle = REVENANT_SOURCE_DIR "/corpus/anon_vma/recycle_2010.schedule";

struct Ran {
  int status = -1;
  std::string out;
  std::string err;
};

// Each test has a folder of its own, which is also the current one of what it runs.
class Cli : public testing::Test {
 protected:
  void SetUp() override {
    std::string test = testing::UnitTest::GetInstance()->current_test_info()->name();
    std::ranges::replace(test, '/', '-');  // Before the parameter of a test.
    folder_ =
        fs::temp_directory_path() / ("revenant-cli-" + std::to_string(::getpid()) + "-" + test);
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  Ran run(const std::string& arguments) const {
    return run_shell(kProgram + arguments + " >out.txt 2>err.txt </dev/null");
  }

  // A command line that itself writes out.txt and err.txt.
  Ran run_shell(const std::string& line) const {
    const int status = std::system(("cd '" + folder_.string() + "' && " + line).c_str());
    return {.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1,
            .out = read_file(folder_ / "out.txt"),
            .err = read_file(folder_ / "err.txt")};
  }

  void write(const std::string& name, const std::string& content) const {
    write_file(folder_ / name, content);
  }

  inline static const std::string kProgram = "'" REVENANT_BIN_DIR "/revenant' ";
  fs::path folder_;
};

// One line that begins with the program's name.
inline void expect_usage_error(const Ran& ran, const std::string& text) {
  EXPECT_EQ(ran.status, 2);
  EXPECT_EQ(ran.out, "");
  EXPECT_EQ(std::ranges::count(ran.err, '\n'), 1) << ran.err;
  EXPECT_EQ(ran.err.find("revenant: "), 0U) << ran.err;
  EXPECT_NE(ran.err.find(text), std::string::npos) << ran.err;
}

}  // namespace revenant
