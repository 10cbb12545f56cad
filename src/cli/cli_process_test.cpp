// End to end: the command as a process among others, which are told to stop or vanish.
#include <fcntl.h>
#include <signal.h>

#include <algorithm>
#include <ctime>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/test_command.h"

namespace revenant {
namespace {

using nlohmann::json;

class CliProcess : public Cli {
 protected:
  // Starts the command; its output goes into `output` where that is a descriptor.
  pid_t start(std::vector<std::string> arguments, int output = -1) const {
    arguments.insert(arguments.begin(), REVENANT_BIN_DIR "/revenant");
    std::vector<char*> pointers;
    for (std::string& argument : arguments) pointers.push_back(argument.data());
    pointers.push_back(nullptr);
    const pid_t process = ::fork();
    if (process != 0) return process;
    if (::chdir(folder_.c_str()) != 0) ::_exit(127);
    const int file = ::open("out.txt", O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ::dup2(output >= 0 ? output : file, STDOUT_FILENO);
    ::execv(pointers[0], pointers.data());
    ::_exit(127);
  }

  // Starts it with an interrupt pending, which it takes note of when it first looks for one.
  pid_t start_interrupted(const std::vector<std::string>& arguments) const {
    sigset_t interrupt;
    sigset_t before;
    sigemptyset(&interrupt);
    sigaddset(&interrupt, SIGINT);
    ::sigprocmask(SIG_BLOCK, &interrupt, &before);
    const pid_t process = start(arguments);
    ::kill(process, SIGINT);
    ::sigprocmask(SIG_SETMASK, &before, nullptr);
    return process;
  }

  // Waits, without bound, for what will happen sooner or later on any machine.
  template <class Condition>
  static void wait_until(Condition condition) {
    while (!condition()) ::usleep(10'000);
  }

  static int exit_status(pid_t process) {
    int status = 0;
    ::waitpid(process, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
};

double cpu_seconds(pid_t process) {
  clockid_t clock{};
  timespec time{};
  if (::clock_getcpuclockid(process, &clock) != 0 || ::clock_gettime(clock, &time) != 0) return 0;
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

std::vector<pid_t> children_of(pid_t process) {
  const std::string id = std::to_string(process);
  std::ifstream in("/proc/" + id + "/task/" + id + "/children");
  std::vector<pid_t> children;
  for (pid_t child = 0; in >> child;) children.push_back(child);
  return children;
}

// Of processor time, not time: a loaded machine takes longer to spend it.
bool all_have_run_for_a_second(const std::vector<pid_t>& jobs) {
  return std::ranges::all_of(jobs, [](pid_t job) { return cpu_seconds(job) > 1; });
}

TEST_F(CliProcess, CtrlCAndAClosedTerminalKeepTheCorpus) {
  for (const int signal : {SIGINT, SIGHUP}) {
    const std::string kept = "kept" + std::to_string(signal);
    const pid_t process = start({"fuzz", "anon_vma", "--corpus", kept});
    wait_until([&] {
      const std::vector<pid_t> jobs = children_of(process);
      return jobs.size() == 1 && all_have_run_for_a_second(jobs);
    });
    ::kill(process, signal);
    EXPECT_EQ(exit_status(process), 0);
    EXPECT_NE(read_file(folder_ / "out.txt").find("interrupted"), std::string::npos);
    EXPECT_FALSE(fs::is_empty(folder_ / kept));
  }
}

TEST_F(CliProcess, AJobThatIsKilledDoesNotCostWhatOthersLearned) {
  const pid_t process = start({"fuzz", "anon_vma", "--jobs", "2", "--corpus", "kept"});
  std::vector<pid_t> jobs;
  wait_until([&] {
    jobs = children_of(process);
    return jobs.size() == 2 && all_have_run_for_a_second(jobs);
  });
  ::kill(jobs[0], SIGKILL);
  EXPECT_EQ(exit_status(process), 2);
  EXPECT_FALSE(fs::is_empty(folder_ / "kept"));
}

TEST_F(CliProcess, ATerminatedCommandStopsItsJobs) {
  const pid_t process = start({"fuzz", "anon_vma", "--jobs", "3"});
  wait_until([&] { return children_of(process).size() == 3; });
  ::kill(process, SIGTERM);
  EXPECT_EQ(exit_status(process), 0);
  EXPECT_NE(read_file(folder_ / "out.txt").find("interrupted"), std::string::npos);
}

TEST_F(CliProcess, JobsDoNotOutliveTheCommand) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const pid_t process = start({"fuzz", "anon_vma", "--jobs", "2"}, ends[1]);
  ::close(ends[1]);
  wait_until([&] { return children_of(process).size() == 2; });
  ::kill(process, SIGKILL);
  EXPECT_EQ(exit_status(process), -1);
  char byte = 0;
  EXPECT_EQ(::read(ends[0], &byte, 1), 0)
      << "the end comes when the last one with the pipe is gone";
  ::close(ends[0]);
}

TEST_F(CliProcess, InterruptedLitmusTestsKeepWhatWasJudged) {
  std::string slow = "C slow\n{}\n";
  for (int i = 0; i < 8; ++i) {
    slow += "P" + std::to_string(i) +
            "(atomic_t *x, atomic_t *y) { int a = atomic_inc_return(x); "
            "int b = atomic_inc_return(y); int c = atomic_inc_return(x); int d = "
            "atomic_inc_return(y); }\n";
  }
  write("slow.litmus", slow + "locations [0:a; 1:b; 2:c; 3:d; 4:a; 5:b;] exists (x=1)\n");
  const std::string quick = REVENANT_SOURCE_DIR "/corpus/litmus/shapes/MP.litmus";
  for (const std::string jobs : {"1", "2"}) {
    const fs::path told = folder_ / "out.txt";
    fs::remove(told);
    const pid_t process =
        start({"litmus", "--timeout", "0", "--jobs", jobs, quick, "slow.litmus", "slow.litmus"});
    wait_until([&] {
      return fs::exists(told) && read_file(told).find("Observation MP ") != std::string::npos;
    });
    const double before = cpu_seconds(process);
    wait_until([&] { return cpu_seconds(process) > before + 0.3; });
    ::kill(process, SIGINT);
    EXPECT_EQ(exit_status(process), 1);
    const std::string out = read_file(told);
    EXPECT_NE(out.find(" (interrupted)\n"), std::string::npos) << out;
    EXPECT_NE(out.find("\nObservation MP Sometimes "), std::string::npos) << out;
    EXPECT_NE(out.find("\ninterrupted: "), std::string::npos) << out;
  }
}

TEST_F(CliProcess, AnInterruptedMatrixHasNoVerdict) {
  EXPECT_EQ(exit_status(start_interrupted({"matrix", "nf_conntrack"})), 1);
  EXPECT_NE(read_file(folder_ / "out.txt").find("interrupted"), std::string::npos);
  EXPECT_EQ(exit_status(start_interrupted({"matrix", "nf_conntrack", "--json"})), 1);
  EXPECT_NE(read_file(folder_ / "out.txt").find("\"interrupted\": true"), std::string::npos);
}

TEST_F(CliProcess, AnInterruptedReplaySaysHowManyRunsFailed) {
  const std::vector<std::string> replay{"replay",  "anon_vma/as_posted", kRecycle,
                                        "--quiet", "--repeat",           "1000000000"};
  for (const std::string form : {"", "--json"}) {
    std::vector<std::string> arguments = replay;
    if (!form.empty()) arguments.push_back(form);
    const pid_t process = start(arguments);
    wait_until([&] { return cpu_seconds(process) > 0.5; });
    ::kill(process, SIGINT);
    EXPECT_EQ(exit_status(process), 1);
    const std::string out = read_file(folder_ / "out.txt");
    if (form.empty()) {
      EXPECT_NE(out.find("\nfailed "), std::string::npos) << out;
      EXPECT_NE(out.find("\ninterrupted: "), std::string::npos) << out;
      EXPECT_NE(out.find(" of 1000000000 runs\n"), std::string::npos) << out;
    } else {
      const json document = json::parse(out);
      EXPECT_EQ(document["interrupted"], true);
      EXPECT_GT(document["runs"], 0);
      EXPECT_EQ(document["findings"][0]["failed"], document["runs"]);
      EXPECT_EQ(document["findings"][0]["runs"], document["runs"]);
    }
  }
  EXPECT_EQ(exit_status(start_interrupted({"replay", "anon_vma/fixed", kRecycle})), 1);
  EXPECT_EQ(read_file(folder_ / "out.txt"), "interrupted: 0 of 1 runs\n");
}

TEST_F(CliProcess, AnInterruptedBenchTellsWhatItMeasured) {
  const fs::path told = folder_ / "out.txt";
  const pid_t process = start({"bench", "--time", "1"});
  wait_until([&] {
    return fs::exists(told) && read_file(told).find("| engine/slot_reuse | ") != std::string::npos;
  });
  ::kill(process, SIGINT);
  EXPECT_EQ(exit_status(process), 1);
  EXPECT_NE(read_file(told).find("\ninterrupted: "), std::string::npos) << read_file(told);
  for (const std::string what : {"--searches", "--time=3600"}) {
    EXPECT_EQ(exit_status(start_interrupted({"bench", "--json", what})), 1);
    const json document = json::parse(read_file(told));
    EXPECT_EQ(document["interrupted"], true);
    EXPECT_TRUE(document["results"].is_array());
  }
}

TEST_F(CliProcess, InterruptedMinimizeWritesTheBestSoFar) {
  const pid_t process = start_interrupted({"minimize", "anon_vma/as_posted", kRecycle, "-o", "x"});
  EXPECT_EQ(exit_status(process), 0);
  EXPECT_NE(read_file(folder_ / "out.txt").find("\ninterrupted: "), std::string::npos);
  EXPECT_EQ(run("replay --quiet anon_vma/as_posted x").status, 1);
}

}  // namespace
}  // namespace revenant
