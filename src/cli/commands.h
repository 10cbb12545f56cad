// The commands of `revenant`: each takes its options and returns the exit status. Exit statuses:
// 0 clean, 1 finding or no verdict, 2 bad usage or input (as a UserError), 3 harness bug (as an
// abort).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "run/engine_machine.h"
#include "run/visited_states.h"
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
  std::string sarif{};  // Where SARIF is written too; empty is nowhere.
  EngineOptions engine{};
  std::string policy = "default";
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

// Shows the run of one schedule in a form of choice.
struct ShowOptions {
  std::string target;
  std::string file;
  std::string format = "text";  // text, json, html, perfetto
  std::string output{};         // Empty is stdout.
  EngineOptions engine{};       // Of the sim engine.
};
int show_command(Subjects subjects, const ShowOptions& options);

// Says in a few sentences what happened in the run of one schedule.
struct ExplainOptions {
  std::string target;
  std::string file;
  EngineOptions engine{};  // Of the sim engine.
  bool json = false;
};
int explain_command(Subjects subjects, const ExplainOptions& options);

// Groups schedules by the signature of what they show.
struct TriageOptions {
  std::string target;
  std::vector<std::string> paths;  // Files, and folders of files.
  std::string sarif{};             // Where SARIF is written too; empty is nowhere.
  EngineOptions engine{};          // Of the sim engine.
  bool json = false;
};
int triage_command(Subjects subjects, const TriageOptions& options);

struct MinimizeOptions {
  std::string target;
  std::string file;
  std::string output{};    // Either this or `into` is given.
  std::string into{};      // A regression, with comments that say what it shows.
  EngineOptions engine{};  // Of the sim engine.
  bool json = false;
};
int minimize_command(Subjects subjects, const MinimizeOptions& options);

struct MatrixOptions {
  std::string subject;  // Empty is every subject; may name one variant.
  std::uint32_t seeds = 20;
  std::uint64_t runs = 500'000;
  std::uint64_t clean_runs = 20'000;
  EngineOptions engine{};
  std::string policy = "default";
  std::uint64_t seconds = 0;  // For each variant in the native engine; 0 is not given.
  std::string artifacts = "findings";
  bool json = false;
};
int matrix_command(Subjects subjects, const MatrixOptions& options);

// Searches every schedule within bounds.
struct VerifyOptions {
  std::string target;
  std::string program{};  // A schedule whose ops are searched; empty is all programs of a size.
  std::uint32_t cpus = 2;
  std::uint32_t ops = 2;
  std::uint32_t preemptions = 2;
  std::uint32_t choices = 1;
  bool all_orders = false;    // Without reduction, for comparison.
  std::uint64_t seconds = 0;  // 0 is without bound.
  std::uint32_t jobs = 1;
  std::uint64_t max_states = VisitedStates::kDefaultMost;  // Remembered, of one program.
  std::string checkpoint{};  // Where to go on from, and to write how far it came; empty is nowhere.
  std::string artifacts = "findings";
  bool json = false;
};
int verify_command(Subjects subjects, const VerifyOptions& options);

// Answers litmus tests of the Linux-kernel memory model.
struct LitmusOptions {
  std::vector<std::string> files;
  double seconds = 60;  // For each test; 0 is without bound.
  std::uint32_t jobs = 1;
  std::string witness{};  // text, html, or empty for none.
  bool json = false;
};
int litmus_command(const LitmusOptions& options);

// Measures the engine and what a search is made of; or else how soon searches find.
struct BenchOptions {
  std::string filter{};        // A regular expression for names; empty is all.
  std::uint64_t seconds = 1;   // For each; 0 is as short as possible.
  bool searches = false;       // Executions to the first finding, by variant and policy.
  std::string policy{};        // Of searches; empty is every one.
  std::uint32_t seeds = 20;    // Searches for each variant.
  std::uint64_t runs = 5'000;  // Executions of each.
  bool json = false;
};
int bench_command(Subjects subjects, const BenchOptions& options);

struct CodecOptions {
  std::string target;
  std::string file;
  std::string output;  // Empty is stdout.
  bool json = false;
};
int encode_command(Subjects subjects, const CodecOptions& options);
int decode_command(Subjects subjects, const CodecOptions& options);

}  // namespace revenant
