// Files of schedules, in text or byte form, and how the command fails on them.
#pragma once

#include <cstdint>
#include <exception>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/user_error.h"
#include "cli/arguments.h"
#include "schedule/op_table.h"
#include "schedule/schedule.h"

namespace revenant {

// Throws UserError naming the file; it must not be larger than a few MiB.
std::string read_file(const std::filesystem::path& path);

// Writes a temporary file beside `path` and renames it: the file is there whole or not at all.
// A link stays one, and a pipe or a device is written to as it is. Makes missing folders. Throws
// UserError naming the file.
void write_file(const std::filesystem::path& path, std::string_view content);

// Writes what is to be kept. A file that cannot be written must not cost the rest: the error is
// told when all else is.
class Keeper {
 public:
  void write(const std::filesystem::path& path, std::string_view content);
  // Another error that can wait; null is none.
  void note(const std::exception_ptr& error);
  // Throws the first error, if there is one.
  void throw_error() const;

 private:
  std::exception_ptr error_;
};

// Makes the folder where it is missing. Throws UserError if no file can be made in it.
void prepare_folder(const std::filesystem::path& folder);

// Before the work whose result goes to that file: throws UserError where write_file() would. What
// is there stays as it is.
void check_writable(const std::filesystem::path& path);

// Lines of source files, without the spaces around them; each file is read once.
class SourceLines {
 public:
  // Empty where the place is unknown or the file is not there any more.
  std::string line_of(const Site& site);

 private:
  std::map<std::string, std::vector<std::string>> files_;
};

// A file whose name ends in ".schedule" is in text form: throws UserError "FILE:LINE: expected
// ...", which of another that begins like one is said on stderr. where it is malformed. Any other
// is what read_either takes it for, as a fuzz target does.
Schedule read_schedule(const std::filesystem::path& path, std::string_view subject,
                       const OpTable& table);

// The regular files in a folder, by name, but for those that write_file() has not renamed yet.
// files_below: and in the folders in it, but for those that a link leads to. Throw UserError.
std::vector<std::filesystem::path> files_in(const std::filesystem::path& folder);
std::vector<std::filesystem::path> files_below(const std::filesystem::path& folder);

// A short name for content, or for a schedule's byte form: 16 hex digits.
std::string content_name(std::string_view content);
std::string content_name(const Schedule& schedule, const OpTable& table);

// The same of the program that runs: another build of it has another.
std::string build_name();

// FOLDER/SUBJECT-VARIANT-KIND-CONTENT: the beginning of the names of a finding's files.
std::string finding_stem(const std::string& folder, const Target& target, FindingKind kind,
                         const Schedule& schedule);

std::string_view as_text(std::span<const std::uint8_t> bytes);

}  // namespace revenant
