#include "cli/jobs.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <deque>
#include <functional>
#include <new>
#include <nlohmann/json.hpp>
#include <string>

#include "cli/commands.h"
#include "cli/crash.h"
#include "cli/files.h"
#include "cli/interrupt.h"
#include "cli/job_process.h"
#include "schedule/byte_codec.h"

namespace revenant {
namespace {

using nlohmann::json;

// How far each job is, where the process that started them all can see it.
class Board {
 public:
  explicit Board(std::size_t jobs) : jobs_(jobs) {
    void* const memory =
        ::mmap(nullptr, size_bytes(), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw UserError("cannot start jobs: no memory to be had");
    rows_ = new (memory) Row[jobs];
  }
  ~Board() { ::munmap(rows_, size_bytes()); }
  Board(const Board&) = delete;
  Board& operator=(const Board&) = delete;

  // Relaxed: each number is for people, and counts by itself.
  void write(std::size_t job, const SearchProgress& now) {
    Row& row = rows_[job];
    row.executions.store(now.executions, std::memory_order_relaxed);
    row.features.store(now.features, std::memory_order_relaxed);
    row.corpus.store(now.corpus, std::memory_order_relaxed);
  }

  FuzzProgress sum() const {
    FuzzProgress all;
    for (std::size_t job = 0; job < jobs_; ++job) {
      const Row& row = rows_[job];
      all.executions += row.executions.load(std::memory_order_relaxed);
      all.features = std::max(all.features, row.features.load(std::memory_order_relaxed));
      all.corpus += row.corpus.load(std::memory_order_relaxed);
    }
    return all;
  }

 private:
  struct alignas(64) Row {
    std::atomic<std::uint64_t> executions;
    std::atomic<std::uint64_t> features;
    std::atomic<std::uint64_t> corpus;
  };

  std::size_t size_bytes() const { return jobs_ * sizeof(Row); }

  std::size_t jobs_;
  Row* rows_ = nullptr;
};

// The schedule under way is lost when it crashes, but the search that led to it can be repeated.
std::string repeat_text(const Target& target, const JobsOptions& options,
                        std::uint64_t executions) {
  const std::string name = target.name();
  const std::string corpus =
      options.corpus_folder.empty() ? "" : " --corpus " + options.corpus_folder;
  return fmt::format(
      "{}: after {} executions or some more; `revenant fuzz {} --seed {}{}{}{}` repeats it", name,
      executions, name, options.seed, as_arguments(options.policy), corpus,
      as_arguments(options.engine));
}

JobsResult run_one(const Target& target, const JobsOptions& options, Board& board,
                   std::uint32_t job) {
  EngineMachine machine(options.engine);
  const std::unique_ptr<ScheduleRunner> runner = machine.runner(*target.subject, *target.variant);
  Search search(*runner, options.seed, options.policy);
  for (const Schedule& schedule : options.corpus) search.add_to_corpus(schedule);
  const SearchResult found = search.run(options.limits, [&](const SearchProgress& now) {
    board.write(job, now);
    set_crash_context(repeat_text(target, options, now.executions));
    return !was_interrupted();
  });
  JobsResult result{.executions = found.executions,
                    .steps = found.steps,
                    .features = found.features,
                    .failing = std::nullopt,
                    .learned = {},
                    .interrupted = found.interrupted,
                    .crashed = false};
  if (found.finding) result.failing = {found.schedule, found.finding->kind, found.finding->text};
  const auto& corpus = search.corpus();
  result.learned.assign(corpus.begin() + static_cast<std::ptrdiff_t>(options.corpus.size()),
                        corpus.end());
  return result;
}

std::string packed(const JobsResult& result, const OpTable& table) {
  json document{{"executions", result.executions},
                {"steps", result.steps},
                {"features", result.features},
                {"interrupted", result.interrupted},
                {"learned", json::array()}};
  if (result.failing) {
    document["failing"] = {{"schedule", json::binary(encode(result.failing->schedule, table))},
                           {"kind", name_of(result.failing->kind)},
                           {"text", result.failing->text}};
  }
  for (const Schedule& schedule : result.learned) {
    document["learned"].push_back(json::binary(encode(schedule, table)));
  }
  std::string text;
  json::to_cbor(document, text);
  return text;
}

void merge(JobsResult& all, const json& document, const OpTable& table) {
  all.executions += document["executions"].get<std::uint64_t>();
  all.steps += document["steps"].get<std::uint64_t>();
  all.features = std::max(all.features, document["features"].get<std::uint64_t>());
  all.interrupted |= document["interrupted"].get<bool>();
  if (!all.failing && document.contains("failing")) {
    const json& failing = document["failing"];
    all.failing = {decode(failing["schedule"].get_binary(), table),
                   finding_kind_of(failing["kind"].get<std::string>()).value(),
                   failing["text"].get<std::string>()};
  }
  for (const json& bytes : document["learned"]) {
    all.learned.push_back(decode(bytes.get_binary(), table));
  }
}

JobsOptions share_of(const JobsOptions& all, std::uint32_t job) {
  JobsOptions mine = all;
  mine.jobs = 1;
  if (job > 0) mine.seed = mix64(all.seed + job * 0x9e3779b97f4a7c15U);
  if (all.limits.executions > 0) {
    mine.limits.executions =
        all.limits.executions / all.jobs + (job < all.limits.executions % all.jobs ? 1 : 0);
  }
  return mine;
}

struct SearchJob {
  explicit SearchJob(const std::function<std::string()>& work) : process(work) {}

  bool is_running() const { return process.is_running(); }
  bool has_finding() const { return process.crashed() || result.contains("failing"); }
  // Some of what it writes; the result, when that is all.
  void read_some() {
    process.read_some();
    if (!is_running() && !process.crashed()) result = json::from_cbor(process.result());
  }

  JobProcess process;
  json result;
};

std::deque<SearchJob> start_jobs(const Target& target, const JobsOptions& options, Board& board) {
  std::deque<SearchJob> jobs;
  for (std::uint32_t job = 0; job < options.jobs; ++job) {
    const JobsOptions mine = share_of(options, job);
    if (options.limits.executions > 0 && mine.limits.executions == 0) break;
    jobs.emplace_back(
        [&] { return packed(run_one(target, mine, board, job), OpTable(target.subject->ops)); });
  }
  return jobs;
}

// Waits a moment for news of the jobs and takes it. Returns how many of them still matter: those up
// to the lowest-numbered one with a finding.
std::size_t take_news(std::deque<SearchJob>& jobs) {
  constexpr int kMilliseconds = 100;  // Until somebody asks again for interrupts.
  std::vector<pollfd> pipes;
  pipes.reserve(jobs.size());
  for (const SearchJob& job : jobs) {
    pipes.push_back({.fd = job.process.pipe(), .events = POLLIN, .revents = 0});
  }
  if (::poll(pipes.data(), pipes.size(), kMilliseconds) <= 0) return jobs.size();
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    if (pipes[i].revents == 0) continue;
    jobs[i].read_some();
    if (jobs[i].has_finding()) return i + 1;
  }
  return jobs.size();
}

}  // namespace

JobsResult run_jobs(const Target& target, const JobsOptions& options) {
  Board board(options.jobs);
  std::deque<SearchJob> jobs = start_jobs(target, options, board);
  FuzzView view(options.view, options.limits);
  while (std::ranges::any_of(jobs, &SearchJob::is_running)) {
    // Again at every turn: under TSan a signal that meets a fiber can wait for ever to be handled.
    if (was_interrupted()) {
      for (const SearchJob& job : jobs) job.process.ask_to_stop();
    }
    const std::size_t wanted = take_news(jobs);
    while (jobs.size() > wanted) jobs.pop_back();
    FuzzProgress progress = board.sum();
    progress.findings =
        static_cast<std::uint64_t>(std::ranges::count_if(jobs, &SearchJob::has_finding));
    view.update(progress);
  }
  const OpTable table(target.subject->ops);
  JobsResult all;
  for (const SearchJob& job : jobs) {
    all.crashed |= job.process.crashed();
    if (!job.process.crashed()) merge(all, job.result, table);
  }
  return all;
}

}  // namespace revenant
