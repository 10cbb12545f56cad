// Arguments of a fuzz target that are its own and not its engine's: those with two dashes.
#pragma once

#include <functional>
#include <string_view>

namespace revenant {

// Gives `take` each argument, which says whether it is one of ours; `there_is` names those. Throws
// UserError for one with two dashes that nobody knows.
//
// libFuzzer passes over arguments with two dashes, and hands them on to the processes that -fork,
// -jobs, -merge and -minimize_crash start. Other engines would take them for files, so there they
// are taken out of the list, and those that we do not know are the engine's. Services put a bare
// "--" before their own.
void read_own_arguments(int* argc, char*** argv, const std::function<bool(std::string_view)>& take,
                        std::string_view there_is);

// Where the engine is libFuzzer: its option `name` ("-runs=") with another default than its own.
// What is on the command line counts.
void set_engine_default(int* argc, char*** argv, std::string_view name, std::string_view value);

// The same as read_own_arguments() for a target that has none: where there is one, exits as
// usage_error() does.
void refuse_own_arguments(int* argc, char*** argv);

// Prints the one line and exits with status 2.
[[noreturn]] void usage_error(std::string_view text);

}  // namespace revenant
