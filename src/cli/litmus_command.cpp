#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <iostream>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>
#include <variant>

#include "cli/commands.h"
#include "cli/files.h"
#include "cli/interrupt.h"
#include "cli/litmus_page.h"
#include "litmus/condition.h"
#include "litmus/parser.h"
#include "litmus/verdict.h"
#include "litmus/witness.h"
#include "report/json_report.h"

namespace revenant {
namespace {

using litmus::LitmusTest;
using nlohmann::ordered_json;

struct Job {
  std::string file;
  LitmusTest test;
  litmus::Verdict verdict;
  std::string error{};
  bool is_judged = false;
};

std::string error_at(const std::string& file, const litmus::Place& place, const std::string& text) {
  return fmt::format("{}:{}:{}: expected {}", file, place.line, place.column, text);
}

LitmusTest read_test(const std::string& file) {
  const std::string text = read_file(file);
  std::variant<LitmusTest, litmus::SyntaxError> parsed = litmus::parse(text);
  if (const auto* const error = std::get_if<litmus::SyntaxError>(&parsed)) {
    throw UserError(error_at(file, error->at, error->expected));
  }
  return std::get<LitmusTest>(std::move(parsed));
}

// Judges tests, which are independent, in the order of the command line, and tells of each in that
// order as soon as those before it are judged. Ends early when interrupted.
class Judging {
 public:
  using Told = std::function<void(const Job&)>;

  Judging(std::vector<Job>& jobs, const LitmusOptions& options, Told told)
      : jobs_(jobs), options_(options), told_(std::move(told)) {}

  void run() {
    catch_interrupts();
    std::vector<std::jthread> others;
    for (std::uint32_t i = 1; i < options_.jobs; ++i) others.emplace_back([this] { work(); });
    work();
    // Somebody must listen while others work.
    while (busy_ > 0 && !wants_stop()) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    others.clear();
    // Of those that stood behind one that was not begun.
    for (; untold_ < jobs_.size(); ++untold_) {
      if (jobs_[untold_].is_judged) told_(jobs_[untold_]);
    }
  }

 private:
  void work() {
    ++busy_;
    for (std::size_t i = next_++; i < jobs_.size() && !wants_stop(); i = next_++) {
      judge(jobs_[i]);
      tell(jobs_[i]);
    }
    --busy_;
  }

  // Signals are for the first thread.
  bool wants_stop() {
    if (std::this_thread::get_id() == first_thread_ && was_interrupted()) stops_ = true;
    return stops_;
  }

  void judge(Job& job) {
    try {
      job.verdict = litmus::judge(
          job.test,
          {.limits = {.seconds = options_.seconds, .wants_stop = [this] { return wants_stop(); }},
           .wants_witness = !options_.witness.empty()});
    } catch (const litmus::Fault& fault) {
      job.error = error_at(job.file, fault.at, fault.text);
    }
  }

  void tell(Job& job) {
    const std::lock_guard guard(telling_);
    job.is_judged = true;
    for (; untold_ < jobs_.size() && jobs_[untold_].is_judged; ++untold_) told_(jobs_[untold_]);
  }

  std::vector<Job>& jobs_;
  const LitmusOptions& options_;
  Told told_;
  const std::thread::id first_thread_ = std::this_thread::get_id();
  std::atomic<std::size_t> next_ = 0;
  std::atomic<std::uint32_t> busy_ = 0;
  std::atomic<bool> stops_ = false;
  std::mutex telling_;
  std::size_t untold_ = 0;
};

ordered_json value_json(const LitmusTest& test, litmus::Number value) {
  if (litmus::is_address(value)) return litmus::value_text(test, value);
  return value;
}

// Requires that there is one.
litmus::Witness witness_of(const Job& job) {
  return litmus::witness_of(job.test, *job.verdict.witness);
}

std::string witness_text_of(const Job& job) { return witness_text(job.test, witness_of(job)); }

ordered_json to_json(const Job& job) {
  if (!job.error.empty()) return {{"file", job.file}, {"error", job.error}};
  const litmus::Verdict& verdict = job.verdict;
  ordered_json states = ordered_json::array();
  for (const auto& row : verdict.states) {
    ordered_json state = ordered_json::object();
    for (std::size_t i = 0; i < row.size(); ++i) {
      state[name_of(job.test, verdict.columns[i])] = value_json(job.test, row[i]);
    }
    states.push_back(std::move(state));
  }
  ordered_json json{{"name", verdict.name},         {"file", job.file},
                    {"verdict", word_of(verdict)},  {"positive", verdict.positive},
                    {"negative", verdict.negative}, {"states", std::move(states)},
                    {"flags", verdict.flags},       {"explored", verdict.explored},
                    {"seconds", verdict.seconds}};
  if (!verdict.unknown.empty()) json["why_unknown"] = verdict.unknown;
  if (verdict.witness) json["witness"] = witness_text_of(job);
  return json;
}

int print_page(const Job& job) {
  const litmus::Verdict& verdict = job.verdict;
  if (verdict.positive == 0) {
    throw UserError(
        fmt::format("{}: expected a condition that some final state fulfils, to show a witness of; "
                    "the verdict is {}",
                    job.file, word_of(verdict)));
  }
  if (!verdict.witness || verdict.witness->empty()) {
    throw UserError(job.file + ": expected a witness of some steps, and there is none");
  }
  std::cout << litmus_page(job.file, job.test, verdict);
  return verdict.unknown.empty() ? kExitClean : kExitFinding;
}

void print(const Job& job) {
  if (!job.error.empty()) return;
  std::cout << verdict_text(job.test, job.verdict) << "\n";
  if (job.verdict.witness) std::cout << witness_text_of(job) << "\n";
  std::cout.flush();
}

}  // namespace

int litmus_command(const LitmusOptions& options) {
  const bool wants_page = options.witness == "html";
  if (wants_page && (options.json || options.files.size() > 1)) {
    throw UserError("--witness html: expected one FILE and no --json, since it prints one page");
  }
  std::vector<Job> jobs;
  jobs.reserve(options.files.size());
  for (const std::string& file : options.files) {
    jobs.push_back({.file = file, .test = read_test(file), .verdict = {}});
  }
  const bool wants_text = !wants_page && !options.json;
  Judging(jobs, options, [&](const Job& job) {
    if (wants_text) print(job);
  }).run();
  bool all_known = true;
  std::string first_error;
  std::size_t judged = 0;
  ordered_json document{{"tests", ordered_json::array()}};
  for (const Job& job : jobs) {
    all_known = all_known && job.is_judged && job.verdict.unknown.empty();
    if (first_error.empty()) first_error = job.error;
    if (!job.is_judged) continue;
    ++judged;
    if (options.json) document["tests"].push_back(to_json(job));
  }
  const bool interrupted = was_interrupted();
  document["interrupted"] = interrupted;
  if (interrupted && wants_text) {
    std::cout << fmt::format("interrupted: {} of {} tests\n", judged, jobs.size());
  }
  if (options.json) std::cout << json_text(document) << "\n";
  if (!first_error.empty()) throw UserError(first_error);
  if (wants_page) return jobs.front().is_judged ? print_page(jobs.front()) : kExitFinding;
  return all_known ? kExitClean : kExitFinding;
}

}  // namespace revenant
