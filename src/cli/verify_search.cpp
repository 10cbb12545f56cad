#include "cli/verify_search.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "cli/interrupt.h"
#include "cli/job_process.h"
#include "cli/verify_json.h"

namespace revenant {
namespace {

using nlohmann::json;

// Of a round.
constexpr std::size_t kParts = 8;
constexpr std::uint64_t kProgramsPerPart = 128;
// Schedules of a search that is not worth dividing yet.
constexpr std::uint64_t kAlone = 4096;

constexpr int kMilliseconds = 100;  // Until somebody looks again for interrupts and the time.

// Runs work(i) for i below `count`, in at most `jobs` processes at a time. Those after the first
// for which is_last holds do not matter, and are ended.
class Pool {
 public:
  using Work = std::function<std::string(std::size_t)>;

  Pool(std::size_t count, std::size_t jobs, Work work)
      : jobs_(jobs), work_(std::move(work)), processes_(count), wanted_(count) {}

  // Asks those that run to stop, and starts no others.
  void stop() {
    stopped_ = true;
    for (const auto& process : processes_) {
      if (process) process->ask_to_stop();
    }
  }

  // Waits a moment for news. False when nothing runs any more, and nothing is to be started.
  bool wait(const std::function<bool(const JobProcess&)>& is_last) {
    start_some();
    std::vector<pollfd> pipes;
    std::vector<std::size_t> numbers;
    for (std::size_t i = 0; i < wanted_; ++i) {
      if (!processes_[i] || !processes_[i]->is_running()) continue;
      pipes.push_back({.fd = processes_[i]->pipe(), .events = POLLIN, .revents = 0});
      numbers.push_back(i);
    }
    if (pipes.empty()) return false;
    if (::poll(pipes.data(), pipes.size(), kMilliseconds) <= 0) return true;
    for (std::size_t k = 0; k < pipes.size(); ++k) {
      if (pipes[k].revents != 0) read(numbers[k], is_last);
    }
    return true;
  }

  // nullptr for one that was never started.
  const JobProcess* process(std::size_t i) const { return processes_[i].get(); }
  std::size_t wanted() const { return wanted_; }

 private:
  void start_some() {
    const auto running = static_cast<std::size_t>(std::ranges::count_if(
        processes_, [](const auto& process) { return process && process->is_running(); }));
    for (std::size_t free = jobs_ - std::min(jobs_, running); free > 0 && !stopped_; --free) {
      if (next_ >= wanted_) return;
      processes_[next_] =
          std::make_unique<JobProcess>([this, number = next_] { return work_(number); });
      ++next_;
    }
  }

  void read(std::size_t i, const std::function<bool(const JobProcess&)>& is_last) {
    if (!processes_[i]) return;
    processes_[i]->read_some();
    if (processes_[i]->is_running() || !is_last(*processes_[i])) return;
    wanted_ = std::min(wanted_, i + 1);
    for (std::size_t k = wanted_; k < processes_.size(); ++k) processes_[k].reset();
  }

  std::size_t jobs_;
  Work work_;
  std::vector<std::unique_ptr<JobProcess>> processes_;
  std::size_t wanted_;
  std::size_t next_ = 0;
  bool stopped_ = false;
};

}  // namespace

nlohmann::ordered_json bound_json(const VerifyOptions& options) {
  nlohmann::ordered_json bound{{"preemptions", options.preemptions}, {"choices", options.choices}};
  if (options.program.empty()) {
    bound["cpus"] = options.cpus;
    bound["ops"] = options.ops;
  } else {
    bound["program"] = options.program;
  }
  return bound;
}

std::string bound_text(const VerifyOptions& options) {
  const std::string program =
      options.program.empty()
          ? fmt::format("all programs of at most {} ops on {} CPUs", options.ops, options.cpus)
          : "the ops of " + options.program;
  return fmt::format("{}, at most {} preemptions and {} choices", program, options.preemptions,
                     options.choices);
}

VerifySearch::VerifySearch(const Target& target, const VerifyOptions& options, Keeper& keeper)
    : target_(target),
      options_(options),
      keeper_(keeper),
      table_(target.subject->ops),
      work_(target, options),
      states_(options.max_states) {
  if (options.checkpoint.empty()) return;
  check_writable(options.checkpoint);
  search_text_ = fmt::format("{}: {}{}", target.name(), bound_text(options),
                             options.all_orders ? ", all orders" : "");
  if (work_.is_one_program()) {
    search_text_ += ", which are " + content_name(work_.program(0).value(), table_);
  }
  build_ = build_name();
  read_checkpoint();
}

void VerifySearch::run() {
  if (work_.is_one_program() && !options_.json) say_estimate();
  while (!is_finished() && !stopped_ && !failing_ && !crashed_) {
    run_round();
    show_progress();
    constexpr double kBetweenCheckpoints = 30;
    if (seconds() < last_checkpoint_ + kBetweenCheckpoints) continue;
    last_checkpoint_ = seconds();
    write_checkpoint();
  }
  tally_.seconds = seconds();
  write_checkpoint();
  if (line_open_) std::fputs("\n", stderr);
}

void VerifySearch::fill_parts() {
  while (parts_.size() < kParts && next_program_ < work_.size()) {
    const std::uint64_t end = std::min(work_.size(), next_program_ + kProgramsPerPart);
    parts_.push_back({.first = next_program_, .end = end});
    next_program_ = end;
  }
  if (!work_.is_one_program() || tally_.schedules < kAlone) return;
  // Where a part cannot be cut, its turn comes again when more is known of it.
  for (std::size_t i = 0; i < parts_.size() && parts_.size() < kParts;) {
    const std::optional<VerifySlice> rest = cut_off(parts_[i].slice);
    if (!rest) {
      ++i;
      continue;
    }
    VerifyPart part = parts_[i];
    part.slice = *rest;
    parts_.insert(parts_.begin() + static_cast<std::ptrdiff_t>(i) + 1, part);
  }
}

// Short while little is known that could be passed over, longer where starting processes would cost
// more than what they do.
std::uint64_t VerifySearch::budget() const {
  if (!work_.is_one_program()) return 0;
  if (tally_.schedules < kAlone) return kAlone - tally_.schedules;
  constexpr std::uint64_t kLeast = 256;
  constexpr std::uint64_t kMost = 32'768;
  return std::clamp(tally_.schedules / (2 * kParts), kLeast, kMost);
}

void VerifySearch::run_round() {
  fill_parts();
  take(run_parts(std::min(kParts, parts_.size())));
}

std::vector<PartResult> VerifySearch::run_parts(std::size_t count) {
  const std::uint64_t longest = budget();
  Pool pool(count, options_.jobs,
            [&](std::size_t i) { return search_in_child(parts_[i], longest); });
  const auto is_last = [&](const JobProcess& job) {
    return job.crashed() || job.failure() || unpacked(job.result(), table_).failing.has_value();
  };
  while (pool.wait(is_last)) {
    if (stopped_ || !must_stop()) continue;
    stopped_ = true;
    pool.stop();
  }
  std::vector<PartResult> results;
  for (std::size_t i = 0; i < pool.wanted(); ++i) {
    const JobProcess* const job = pool.process(i);
    if (job != nullptr && !job->crashed() && !job->failure()) {
      results.push_back(unpacked(job->result(), table_));
      continue;
    }
    results.push_back({.left = parts_[i]});
    if (job == nullptr) continue;
    crashed_ |= job->crashed();
    if (!job->failure()) continue;
    keeper_.note(job->failure());
    stopped_ = true;
  }
  return results;
}

std::string VerifySearch::search_in_child(const VerifyPart& part, std::uint64_t budget) {
  states_.forget_news();
  return packed(search_part(target_, options_, work_, part, budget, states_), table_);
}

void VerifySearch::take(const std::vector<PartResult>& results) {
  std::deque<VerifyPart> left;
  for (const PartResult& result : results) {
    tally_.programs += result.programs;
    tally_.schedules += result.schedules;
    tally_.states += result.states;
    tally_.forgot_states |= result.forgot_states;
    states_.learn(result.news);
    if (result.failing) failing_ = result.failing;
    if (result.left) left.push_back(*result.left);
  }
  if (work_.is_one_program()) {
    tally_.states = states_before_ + states_.size();
    tally_.forgot_states |= states_.forgot();
    tally_.programs = 1;
  }
  parts_.erase(parts_.begin(), parts_.begin() + static_cast<std::ptrdiff_t>(results.size()));
  parts_.insert(parts_.begin(), left.begin(), left.end());
}

// In a process of its own, as all that runs schedules: no simulated CPU may exist where more are
// started.
void VerifySearch::say_estimate() const {
  Pool pool(1, 1, [&](std::size_t) {
    sim::Machine machine;
    Runner runner(machine, *target_.subject, *target_.variant);
    VisitedStates none;
    Verifier verifier(runner, work_.program(0).value(),
                      {.preemptions = options_.preemptions, .choices = options_.choices}, none);
    return fmt::format("some {:.3g} schedules within the bounds, before reduction\n",
                       verifier.estimate());
  });
  while (pool.wait([](const JobProcess&) { return false; })) {
  }
  std::fputs(pool.process(0)->result().c_str(), stderr);
}

void VerifySearch::read_checkpoint() {
  const std::string& path = options_.checkpoint;
  std::error_code unreadable;
  if (!std::filesystem::exists(path, unreadable) && !unreadable) return;
  const UserError error(
      fmt::format("{}: expected a checkpoint of the search '{}'", path, search_text_));
  json document = json::parse(read_file(path), nullptr, false);
  try {
    const json checksum = document.at("checksum");
    document.erase("checksum");
    if (document.at("search") != search_text_ || checksum != content_name(document.dump())) {
      throw UserError(error);
    }
    if (document.at("build") != build_) {
      throw UserError(
          fmt::format("{}: expected a checkpoint of this build of revenant, as another "
                      "may have other code under test; without the file, the search "
                      "begins anew",
                      path));
    }
    next_program_ = document.at("next_program").get<std::uint64_t>();
    tally_ = {.programs = document.at("programs").get<std::uint64_t>(),
              .schedules = document.at("schedules").get<std::uint64_t>(),
              .states = document.at("states").get<std::uint64_t>(),
              .seconds = document.at("seconds").get<double>(),
              .forgot_states = document.at("forgot_states").get<bool>()};
    for (const json& part : document.at("parts")) parts_.push_back(part_of(part));
  } catch (const json::exception&) {
    throw UserError(error);
  }
  before_ = tally_.seconds;
  states_before_ = tally_.states;
  tally_.states_are_exact = !work_.is_one_program();
}

void VerifySearch::write_checkpoint() const {
  if (options_.checkpoint.empty()) return;
  json document{{"search", search_text_},
                {"build", build_},
                {"next_program", next_program_},
                {"programs", tally_.programs},
                {"schedules", tally_.schedules},
                {"states", tally_.states},
                {"forgot_states", tally_.forgot_states},
                {"seconds", seconds()},
                {"parts", json::array()}};
  for (const VerifyPart& part : parts_) document["parts"].push_back(to_json(part));
  document["checksum"] = content_name(document.dump());
  keeper_.write(options_.checkpoint, document.dump() + "\n");
}

double VerifySearch::seconds() const {
  return before_ + std::chrono::duration<double>(Clock::now() - start_).count();
}

double VerifySearch::share_done() const {
  auto left = static_cast<double>(work_.size() - next_program_);
  for (const VerifyPart& part : parts_) {
    left += static_cast<double>(part.end - part.first) - 1 + share_of(part.slice);
  }
  return 1 - left / static_cast<double>(work_.size());
}

bool VerifySearch::must_stop() const {
  if (was_interrupted()) return true;
  return options_.seconds > 0 && seconds() - before_ >= static_cast<double>(options_.seconds);
}

void VerifySearch::show_progress() {
  constexpr double kBetweenLines = 0.2;
  const double now = seconds();
  if (options_.json || !is_interactive(STDERR_FILENO) || now < last_line_ + kBetweenLines) return;
  last_line_ = now;
  const double share = share_done();
  const double left = share > 0 ? now * (1 - share) / share : 0;
  std::fputs(fmt::format("\r\x1b[K{} schedules, {} states, {:.1f} % done, some {:.0f} s left",
                         tally_.schedules, tally_.states, 100 * share, left)
                 .c_str(),
             stderr);
  std::fflush(stderr);
  line_open_ = true;
}

}  // namespace revenant
