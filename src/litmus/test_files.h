// For tests: the litmus files of the corpus, and the states that are expected of them.
//
// Each folder of corpus/litmus has a states.txt: the name of a test and its verdict, then one
// indented line for each final state. They were computed by another program, a slow and plain
// interpreter of the same rules, which was itself compared with herd7.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <variant>
#include <vector>

#include "litmus/parser.h"
#include "litmus/verdict.h"

namespace revenant::litmus {

inline const std::filesystem::path kLitmusFolder = REVENANT_SOURCE_DIR "/corpus/litmus";

inline std::string text_of_file(const std::filesystem::path& path) {
  std::ifstream file(path);
  EXPECT_TRUE(file) << path;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

inline LitmusTest parsed(std::string_view text) {
  std::variant<LitmusTest, SyntaxError> result = parse(text);
  if (const auto* const error = std::get_if<SyntaxError>(&result)) {
    ADD_FAILURE() << error->at.line << ":" << error->at.column << ": expected " << error->expected;
    return {};
  }
  return std::get<LitmusTest>(std::move(result));
}

struct Expected {
  std::string verdict;
  std::set<std::string> states;
};

inline std::map<std::string, Expected> expected_of(const std::string& folder) {
  std::map<std::string, Expected> all;
  std::istringstream lines(text_of_file(kLitmusFolder / folder / "states.txt"));
  Expected* present = nullptr;
  for (std::string line; std::getline(lines, line);) {
    if (line.empty()) continue;
    if (line.front() == ' ') {
      present->states.insert(line.substr(2));
      continue;
    }
    const std::size_t blank = line.find(' ');
    present = &all[line.substr(0, blank)];
    present->verdict = line.substr(blank + 1);
  }
  return all;
}

// "shapes/MP", ...
inline std::vector<std::string> litmus_tests(const std::vector<std::string>& folders) {
  std::vector<std::string> names;
  for (const std::string& folder : folders) {
    for (const auto& entry : std::filesystem::directory_iterator(kLitmusFolder / folder)) {
      if (entry.path().extension() != ".litmus") continue;
      names.push_back(folder + "/" + entry.path().stem().string());
    }
  }
  std::ranges::sort(names);
  return names;
}

inline LitmusTest test_named(const std::string& name) {
  return parsed(text_of_file(kLitmusFolder / (name + ".litmus")));
}

inline std::set<std::string> states_of(const LitmusTest& test, const Verdict& verdict) {
  std::set<std::string> states;
  for (std::size_t i = 0; i < verdict.states.size(); ++i) {
    states.insert(state_text(test, verdict, i));
  }
  return states;
}

// For names of parameterised tests.
inline std::string letters_of(std::string name) {
  for (char& c : name) {
    const bool is_letter =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!is_letter) c = '_';
  }
  return name;
}

}  // namespace revenant::litmus
