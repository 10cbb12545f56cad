// The commands of `revenant`: each takes its options and returns the exit status. Exit statuses:
// 0 clean, 1 finding, 2 bad usage or input (as a UserError), 3 harness bug (as an abort).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cli/engine_machine.h"
#include "subjects/subject.h"

namespace revenant {

inline constexpr int kExitClean = 0;
inline constexpr int kExitFinding = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitHarnessBug = 3;

using Subjects = std::span<const Subject* const>;

int list_command(Subjects subjects, bool json);

struct FuzzOptions {
  std::string target;
  std::uint64_t runs = 0;     // 0 is without bound.
  std::uint64_t seconds = 0;  // 0 is without bound.
  std::uint64_t seed = 1;
  std::uint32_t jobs = 1;
  std::string corpus{};
  std::string artifacts = "findings";
  EngineOptions engine{};
  bool json = false;
};
int fuzz_command(Subjects subjects, const FuzzOptions& options);

struct ReplayOptions {
  std::string target;
  std::vector<std::string> files;
  EngineOptions engine{};
  std::uint32_t repeat = 1;
  bool json = false;
  bool quiet = false;
};
int replay_command(Subjects subjects, const ReplayOptions& options);

// Groups schedules by the signature of what they show.
struct TriageOptions {
  std::string target;
  std::vector<std::string> paths;  // Files, and folders of files.
  bool json = false;
};
int triage_command(Subjects subjects, const TriageOptions& options);

struct MinimizeOptions {
  std::string target;
  std::string file;
  std::string output{};  // Either this or `into` is given.
  std::string into{};    // A regression, with comments that say what it shows.
  bool json = false;
};
int minimize_command(Subjects subjects, const MinimizeOptions& options);

struct MatrixOptions {
  std::string subject;  // Empty is every subject; may name one variant.
  std::uint32_t seeds = 20;
  std::uint64_t runs = 200'000;
  std::uint64_t clean_runs = 20'000;
  EngineOptions engine{};
  std::uint64_t seconds = 0;  // For each variant in the native engine; 0 is not given.
  std::string artifacts = "findings";
  bool json = false;
};
int matrix_command(Subjects subjects, const MatrixOptions& options);

struct CodecOptions {
  std::string target;
  std::string file;
  std::string output;  // Empty is stdout.
  bool json = false;
};
int encode_command(Subjects subjects, const CodecOptions& options);
int decode_command(Subjects subjects, const CodecOptions& options);

}  // namespace revenant
