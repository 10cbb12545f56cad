#include "cli/jobs.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <deque>
#include <functional>
#include <limits>
#include <new>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>

#include "cli/commands.h"
#include "cli/corpus_folder.h"
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

  void write(std::size_t job, const SearchProgress& now) {
    Row& row = rows_[job];
    row.features = now.features;
    row.corpus = now.corpus;
    row.executions = now.executions;
  }
  void write_finding(std::size_t job, std::uint64_t executions) {
    rows_[job].found_at = executions;
  }
  // It crashed in the round that it had begun.
  void write_crash(std::size_t job) { write_finding(job, rows_[job].executions + 1); }
  // After write_finding().
  void write_end(std::size_t job) { rows_[job].has_ended = true; }

  // Whether no job is still in a round that ends with so many executions, or in one before it.
  bool have_all_done(std::uint64_t executions) const {
    return std::all_of(rows_, rows_ + jobs_, [executions](const Row& row) {
      return row.has_ended || row.executions >= executions;
    });
  }
  // Once they have. A job that is ahead may have one in its next round.
  bool has_finding(std::uint64_t executions) const {
    return std::any_of(rows_, rows_ + jobs_,
                       [executions](const Row& row) { return row.found_at <= executions; });
  }

  FuzzProgress sum() const {
    FuzzProgress all;
    for (std::size_t job = 0; job < jobs_; ++job) {
      const Row& row = rows_[job];
      all.executions += row.executions;
      all.features = std::max(all.features, row.features.load());
      all.corpus += row.corpus;
    }
    return all;
  }

 private:
  struct alignas(64) Row {
    std::atomic<std::uint64_t> executions;
    std::atomic<std::uint64_t> features;
    std::atomic<std::uint64_t> corpus;
    std::atomic<std::uint64_t> found_at = std::numeric_limits<std::uint64_t>::max();
    std::atomic<bool> has_ended;
  };

  std::size_t size_bytes() const { return jobs_ * sizeof(Row); }

  std::size_t jobs_;
  Row* rows_ = nullptr;
};

// The schedule under way is lost when it crashes, but the search that led to it can be repeated.
std::string repeat_text(const Target& target, const JobsOptions& options,
                        std::uint64_t executions) {
  const std::string name = target.name();
  const std::string& folder = options.corpus_folder;
  const std::size_t files = options.corpus.size();  // There are more by now.
  return fmt::format(
      "{}: after {} executions or some more; `revenant fuzz {} --seed {}{}{}{}` repeats it{}", name,
      executions, name, options.seed, as_arguments(options.policy),
      files > 0 ? " --corpus " + folder : "", as_arguments(options.engine),
      files > 0
          ? fmt::format(", with {} as it began ({} file{})", folder, files, files == 1 ? "" : "s")
          : "");
}

// Of what a search has learned so far. Each is written once, so it costs no more than at the end.
class LearnedSoFar {
 public:
  LearnedSoFar(const JobsOptions& options, const OpTable& table)
      : folder_(options.corpus_folder), table_(table), kept_(options.corpus.size()) {}

  void keep(std::span<const Schedule> corpus) {
    Keeper tried;  // The end of the run tries again, and says why it cannot.
    keep_in_corpus(tried, folder_, corpus.subspan(kept_), table_);
    kept_ = corpus.size();
  }

 private:
  const std::string& folder_;
  const OpTable& table_;
  std::size_t kept_;
};

// Whether the job goes on with its search. At the end of a round it waits for the others.
bool goes_on(Board& board, std::size_t job, const SearchProgress& now) {
  board.write(job, now);
  if (now.executions % kJobRound != 0) return !was_interrupted();
  while (!was_interrupted()) {
    if (board.have_all_done(now.executions)) return !board.has_finding(now.executions);
    constexpr std::chrono::microseconds kBetweenLooks{200};
    std::this_thread::sleep_for(kBetweenLooks);
  }
  return false;
}

JobsResult run_one(const Target& target, const JobsOptions& options, Board& board,
                   std::uint32_t job) {
  EngineMachine machine(options.engine);
  const std::unique_ptr<ScheduleRunner> runner = machine.runner(*target.subject, *target.variant);
  Search search(*runner, options.seed, options.policy);
  for (const Schedule& schedule : options.corpus) search.add_to_corpus(schedule);
  const OpTable table(target.subject->ops);
  LearnedSoFar learned(options, table);
  const SearchResult found = search.run(options.limits, [&](const SearchProgress& now) {
    learned.keep(search.corpus());
    set_crash_context(repeat_text(target, options, now.executions));
    return goes_on(board, job, now);
  });
  if (found.finding) board.write_finding(job, found.executions);
  board.write_end(job);
  JobsResult result{.executions = found.executions,
                    .steps = found.steps,
                    .features = found.features,
                    .failing = std::nullopt,
                    .learned = {},
                    .interrupted = found.interrupted && was_interrupted(),
                    .failure = {},
                    .crashed = false};
  if (found.finding) result.failing = {found.schedule, found.finding->kind, found.finding->text};
  const auto& corpus = search.corpus();
  result.learned.assign(corpus.begin() + static_cast<std::ptrdiff_t>(options.corpus.size()),
                        corpus.end());
  return result;
}

std::uint64_t executions_of(const json& document) {
  return document["executions"].get<std::uint64_t>();
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
  all.executions += executions_of(document);
  all.steps += document["steps"].get<std::uint64_t>();
  all.features = std::max(all.features, document["features"].get<std::uint64_t>());
  all.interrupted |= document["interrupted"].get<bool>();
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
  bool has_failed() const { return process.failure() != nullptr; }
  bool has_result() const { return !process.crashed() && !has_failed(); }
  bool has_finding() const { return process.crashed() || result.contains("failing"); }
  // Some of what it writes; the result, when that is all.
  void read_some() {
    process.read_some();
    if (!is_running() && has_result()) result = json::from_cbor(process.result());
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

// Waits a moment for news of the jobs and takes it.
void take_news(std::deque<SearchJob>& jobs, Board& board) {
  constexpr int kMilliseconds = 100;  // Until somebody asks again for interrupts.
  std::vector<pollfd> pipes;
  pipes.reserve(jobs.size());
  for (const SearchJob& job : jobs) {
    pipes.push_back({.fd = job.process.pipe(), .events = POLLIN, .revents = 0});
  }
  if (::poll(pipes.data(), pipes.size(), kMilliseconds) <= 0) return;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    if (pipes[i].revents == 0) continue;
    jobs[i].read_some();
    if (jobs[i].is_running() || jobs[i].has_result()) continue;
    // It cannot say so itself any more.
    if (jobs[i].process.crashed()) board.write_crash(i);
    board.write_end(i);
  }
}

// The finding of the job that needed fewest executions for it, or the lowest-numbered of these.
std::optional<Failing> first_failing(const std::deque<SearchJob>& jobs, const OpTable& table) {
  const json* first = nullptr;
  for (const SearchJob& job : jobs) {
    if (!job.result.contains("failing")) continue;
    if (first == nullptr || executions_of(job.result) < executions_of(*first)) first = &job.result;
  }
  if (first == nullptr) return std::nullopt;
  const json& failing = (*first)["failing"];
  return Failing{.schedule = decode(failing["schedule"].get_binary(), table),
                 .kind = finding_kind_of(failing["kind"].get<std::string>()).value(),
                 .text = failing["text"].get<std::string>()};
}

}  // namespace

JobsResult run_jobs(const Target& target, const JobsOptions& options) {
  Board board(options.jobs);
  std::deque<SearchJob> jobs = start_jobs(target, options, board);
  for (std::size_t never_started = jobs.size(); never_started < options.jobs; ++never_started) {
    board.write_end(never_started);
  }
  FuzzView view(options.view, options.limits);
  while (std::ranges::any_of(jobs, &SearchJob::is_running)) {
    // Again at every turn: under TSan a signal that meets a fiber can wait for ever to be handled.
    // What is left of the jobs where one was killed is told at once, too.
    if (was_interrupted() || std::ranges::any_of(jobs, &SearchJob::has_failed)) {
      for (const SearchJob& job : jobs) job.process.ask_to_stop();
    }
    take_news(jobs, board);
    FuzzProgress progress = board.sum();
    progress.findings =
        static_cast<std::uint64_t>(std::ranges::count_if(jobs, &SearchJob::has_finding));
    view.update(progress);
  }
  const OpTable table(target.subject->ops);
  JobsResult all;
  all.failing = first_failing(jobs, table);
  for (const SearchJob& job : jobs) {
    all.crashed |= job.process.crashed();
    if (job.process.failure()) all.failure = job.process.failure();
    if (job.has_result()) merge(all, job.result, table);
  }
  return all;
}

}  // namespace revenant
