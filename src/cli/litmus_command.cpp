#include <fmt/format.h>

#include <atomic>
#include <iostream>
#include <nlohmann/json.hpp>
#include <thread>
#include <variant>

#include "cli/commands.h"
#include "cli/files.h"
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

void judge(Job& job, const LitmusOptions& options) {
  try {
    job.verdict = litmus::judge(job.test, {.limits = {.seconds = options.seconds},
                                           .wants_witness = !options.witness.empty()});
  } catch (const litmus::Fault& fault) {
    job.error = error_at(job.file, fault.at, fault.text);
  }
}

// Tests are independent, and take their turns in the order of the command line.
void judge_all(std::vector<Job>& jobs, const LitmusOptions& options) {
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t i = next++; i < jobs.size(); i = next++) judge(jobs[i], options);
  };
  std::vector<std::jthread> others;
  for (std::uint32_t i = 1; i < options.jobs; ++i) others.emplace_back(work);
  work();
}

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
  std::cout << verdict_text(job.test, job.verdict) << "\n";
  if (job.verdict.witness) std::cout << witness_text_of(job) << "\n";
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
  judge_all(jobs, options);
  bool all_known = true;
  ordered_json document{{"tests", ordered_json::array()}};
  for (const Job& job : jobs) {
    if (!job.error.empty()) throw UserError(job.error);
    all_known = all_known && job.verdict.unknown.empty();
  }
  if (wants_page) return print_page(jobs.front());
  for (const Job& job : jobs) {
    if (options.json) {
      document["tests"].push_back(to_json(job));
    } else {
      print(job);
    }
  }
  if (options.json) std::cout << json_text(document) << "\n";
  return all_known ? kExitClean : kExitFinding;
}

}  // namespace revenant
