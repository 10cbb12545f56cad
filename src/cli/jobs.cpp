#include "cli/jobs.h"

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>

#include "base/check.h"
#include "cli/files.h"
#include "cli/interrupt.h"
#include "schedule/byte_codec.h"

namespace revenant {
namespace {

using nlohmann::json;
using Clock = std::chrono::steady_clock;

class Progress {
 public:
  explicit Progress(bool is_shown) : is_shown_(is_shown) {}
  ~Progress() {
    if (line_open_) std::fputs("\n", stderr);
  }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void update(const SearchProgress& now) {
    const double seconds = std::chrono::duration<double>(Clock::now() - start_).count();
    if (!is_shown_ || seconds < last_ + 1) return;
    last_ = seconds;
    line_open_ = true;
    std::fputs(fmt::format("\r{} executions, {:.0f}/s, {} features, corpus {}   ", now.executions,
                           static_cast<double>(now.executions) / seconds, now.features, now.corpus)
                   .c_str(),
               stderr);
    std::fflush(stderr);
  }

 private:
  bool is_shown_;
  bool line_open_ = false;
  double last_ = 0;
  Clock::time_point start_ = Clock::now();
};

JobsResult run_one(const Target& target, const JobsOptions& options) {
  sim::Machine machine;
  Runner runner(machine, *target.subject, *target.variant);
  Search search(runner, options.seed);
  for (const Schedule& schedule : options.corpus) search.add_to_corpus(schedule);
  Progress progress(options.show_progress);
  const SearchResult found = search.run(options.limits, [&](const SearchProgress& now) {
    progress.update(now);
    return !was_interrupted();
  });
  JobsResult result{.executions = found.executions,
                    .steps = found.steps,
                    .features = found.features,
                    .failing = std::nullopt,
                    .learned = {},
                    .interrupted = found.interrupted};
  if (found.finding) result.failing = {found.schedule, found.finding->kind, found.finding->text};
  const auto& corpus = search.corpus();
  result.learned.assign(corpus.begin() + static_cast<std::ptrdiff_t>(options.corpus.size()),
                        corpus.end());
  return result;
}

json packed(const JobsResult& result, const OpTable& table) {
  json document{{"executions", result.executions},
                {"steps", result.steps},
                {"features", result.features},
                {"interrupted", result.interrupted},
                {"learned", json::array()}};
  if (result.failing) {
    document["failing"] = {{"schedule", encode(result.failing->schedule, table)},
                           {"kind", name_of(result.failing->kind)},
                           {"text", result.failing->text}};
  }
  for (const Schedule& schedule : result.learned)
    document["learned"].push_back(encode(schedule, table));
  return document;
}

void merge(JobsResult& all, const json& document, const OpTable& table) {
  all.executions += document["executions"].get<std::uint64_t>();
  all.steps += document["steps"].get<std::uint64_t>();
  all.features = std::max(all.features, document["features"].get<std::uint64_t>());
  all.interrupted |= document["interrupted"].get<bool>();
  if (!all.failing && document.contains("failing")) {
    const json& failing = document["failing"];
    all.failing = {decode(failing["schedule"].get<std::vector<std::uint8_t>>(), table),
                   finding_kind_of(failing["kind"].get<std::string>()).value(),
                   failing["text"].get<std::string>()};
  }
  for (const json& bytes : document["learned"]) {
    all.learned.push_back(decode(bytes.get<std::vector<std::uint8_t>>(), table));
  }
}

JobsOptions share_of(const JobsOptions& all, std::uint32_t job) {
  JobsOptions mine = all;
  mine.jobs = 1;
  mine.show_progress = all.show_progress && job == 0;
  if (job > 0) mine.seed = mix64(all.seed + job * 0x9e3779b97f4a7c15U);
  if (all.limits.executions > 0) {
    mine.limits.executions =
        all.limits.executions / all.jobs + (job < all.limits.executions % all.jobs ? 1 : 0);
  }
  return mine;
}

constexpr int kChildFailed = 4;

struct Child {
  pid_t process = 0;
  int pipe = 0;
};

Child start_job(const Target& target, const JobsOptions& options) {
  int ends[2];
  if (::pipe(ends) != 0) throw UserError("cannot start a job: no pipe to be had");
  std::fflush(nullptr);
  const pid_t process = ::fork();
  if (process < 0) throw UserError("cannot start a job: no process to be had");
  if (process == 0) {
    ::close(ends[0]);
    const std::string text = packed(run_one(target, options), OpTable(target.subject->ops)).dump();
    for (std::size_t done = 0; done < text.size();) {
      const ssize_t written = ::write(ends[1], text.data() + done, text.size() - done);
      if (written <= 0) ::_exit(kChildFailed);
      done += static_cast<std::size_t>(written);
    }
    ::_exit(0);
  }
  ::close(ends[1]);
  return {.process = process, .pipe = ends[0]};
}

std::string read_to_end(int pipe) {
  std::string text;
  char buffer[4096];
  for (;;) {
    const ssize_t count = ::read(pipe, buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    text.append(buffer, static_cast<std::size_t>(count));
  }
  ::close(pipe);
  return text;
}

}  // namespace

JobsResult run_jobs(const Target& target, const JobsOptions& options) {
  if (options.jobs <= 1) return run_one(target, options);
  std::vector<Child> children;
  for (std::uint32_t job = 0; job < options.jobs; ++job) {
    const JobsOptions mine = share_of(options, job);
    if (options.limits.executions == 0 || mine.limits.executions > 0) {
      children.push_back(start_job(target, mine));
    }
  }
  const OpTable table(target.subject->ops);
  JobsResult all;
  for (const Child& child : children) {
    const std::string text = read_to_end(child.pipe);
    int status = 0;
    while (::waitpid(child.process, &status, 0) < 0 && errno == EINTR) {
    }
    REVENANT_CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    merge(all, json::parse(text), table);
  }
  return all;
}

}  // namespace revenant
