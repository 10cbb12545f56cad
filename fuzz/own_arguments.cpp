#include "own_arguments.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "base/user_error.h"
#include "other_engines.h"

namespace revenant {

void read_own_arguments(int* argc, char*** argv, const std::function<bool(std::string_view)>& take,
                        std::string_view there_is) {
  const bool is_libfuzzer = engine_is_libfuzzer();
  int kept = 1;
  for (int i = 1; i < *argc; ++i) {
    char* const argument = (*argv)[i];
    const bool is_ours = take(argument);
    const bool is_option = std::string_view(argument).starts_with("--") && argument[2] != '\0';
    if (is_libfuzzer && is_option && !is_ours) {
      throw UserError("no option '" + std::string(argument) +
                      "'; there is: " + std::string(there_is));
    }
    if (is_libfuzzer || !is_ours) (*argv)[kept++] = argument;
  }
  *argc = kept;
}

void set_engine_default(int* argc, char*** argv, std::string_view name, std::string_view value) {
  std::vector<char*> given(*argv, *argv + *argc);
  const auto has_name = [&](const char* argument) {
    return std::string_view(argument).starts_with(name);
  };
  if (!engine_is_libfuzzer() || given.empty() || std::ranges::any_of(given, has_name)) return;
  // Kept for as long as the process runs, as arguments are.
  static std::deque<std::string> options;
  static std::vector<char*> arguments;
  options.push_back(std::string(name) + std::string(value));
  given.insert(given.begin() + 1, options.back().data());
  *argc = static_cast<int>(given.size());
  given.push_back(nullptr);
  arguments = std::move(given);
  *argv = arguments.data();
}

void refuse_own_arguments(int* argc, char*** argv) {
  try {
    read_own_arguments(argc, argv, [](std::string_view) { return false; }, "of libFuzzer -help=1");
  } catch (const UserError& error) {
    usage_error(error.what());
  }
}

void usage_error(std::string_view text) {
  std::fprintf(stderr, "revenant: %.*s\n", static_cast<int>(text.size()), text.data());
  std::exit(2);
}

}  // namespace revenant
