// End to end: the command itself, as a person runs it.
#include <fmt/format.h>
#include <sys/stat.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "cli/test_command.h"

namespace revenant {
namespace {

using nlohmann::json;

TEST_F(Cli, ListNamesEverySubjectVariantAndOp) {
  const Ran ran = run("list --json");
  ASSERT_EQ(ran.status, 0);
  const json subject = json::parse(ran.out)["subjects"][0];
  EXPECT_EQ(subject["name"], "anon_vma");
  EXPECT_EQ(subject["variants"][0]["expected"], nullptr);
  EXPECT_EQ(run("list").status, 0);
}

TEST_F(Cli, ReplayOfTheMailsFiveStepsFindsTheRecycledObject) {
  const Ran ran = run("replay anon_vma/as_posted " + kRecycle);
  EXPECT_EQ(ran.status, 1);
  EXPECT_NE(ran.out.find("recycled-object in anon_vma/as_posted"), std::string::npos) << ran.out;
  EXPECT_NE(ran.out.find("mutex_trylock(anon_vma0#2.lock) = true"), std::string::npos);
}

TEST_F(Cli, ReplayOfTheMailsFiveStepsIsCleanOnTheFixedVersion) {
  const Ran ran = run("replay anon_vma/fixed --quiet " + kRecycle);
  EXPECT_EQ(ran.status, 0);
  EXPECT_NE(ran.out.find(": clean, "), std::string::npos) << ran.out;
}

TEST_F(Cli, ReplayAsJsonPrintsOneDocument) {
  const Ran ran = run("replay --json anon_vma/as_posted " + kRecycle + " " + kRecycle);
  EXPECT_EQ(ran.status, 1);
  const json document = json::parse(ran.out);
  ASSERT_EQ(document["findings"].size(), 2U);
  EXPECT_EQ(document["findings"][0]["kind"], "recycled-object");
  EXPECT_GT(document["steps"], 0);
}

TEST_F(Cli, FuzzFindsKeepsAndMinimizes) {
  const Ran ran = run("fuzz anon_vma/as_posted --seed 3 --json --runs 100000 --artifacts kept");
  ASSERT_EQ(ran.status, 1) << ran.err;
  const json document = json::parse(ran.out);
  const json finding = document["findings"][0];
  EXPECT_EQ(finding["kind"], "recycled-object");
  EXPECT_EQ(finding["variant"], "as_posted");
  EXPECT_EQ(document["seed"], 3);
  EXPECT_GT(document["executions_per_second"], 0);
  for (const char* const file : {"file", "found_file"}) {
    EXPECT_EQ(run("replay --quiet anon_vma/as_posted " + finding[file].get<std::string>()).status,
              1);
  }
  const std::string found = finding["found_file"];
  ASSERT_EQ(run("minimize anon_vma/as_posted " + found + " -o small.schedule").status, 0);
  EXPECT_EQ(run("replay --quiet anon_vma/as_posted small.schedule").status, 1);
}

TEST_F(Cli, MinimizeAsJsonSaysWhatBecameSmaller) {
  const Ran ran = run("minimize --json anon_vma/as_posted " + kRecycle + " -o small.schedule");
  ASSERT_EQ(ran.status, 0) << ran.err;
  EXPECT_EQ(ran.err, "");
  const json document = json::parse(ran.out);
  EXPECT_EQ(document["kind"], "recycled-object");
  EXPECT_EQ(document["file"], "small.schedule");
  EXPECT_EQ(document["interrupted"], false);
  EXPECT_EQ(document["before"]["cpus"], 3);
  EXPECT_EQ(document["after"], (json{{"ops", 4}, {"cpus", 2}, {"preemptions", 1}, {"choices", 0}}));
  EXPECT_GT(document["executions"], 0);
  EXPECT_GT(document["seconds"], 0);
}

TEST_F(Cli, WhatAWalkHasDrawnIsShownAndMinimized) {
  Ran shown;
  for (int seed = 1; seed <= 100 && shown.status != 1; ++seed) {
    write("drawn.schedule",
          fmt::format("schedule anon_vma\ncpu 0:\ncpu 1:\ncpu 2:\nwalk {} draws\n", seed));
    shown = run("replay anon_vma/m09_lock_reinit drawn.schedule");
  }
  ASSERT_EQ(shown.status, 1) << shown.err;
  const std::size_t finding = shown.out.find("bad-constructor-state in anon_vma/m09_lock_reinit");
  EXPECT_NE(shown.out.find(" in `fault mm", finding), std::string::npos) << shown.out;
  const json page =
      json::parse(run("show anon_vma/m09_lock_reinit drawn.schedule --format json").out);
  EXPECT_FALSE(page["cpus"][0]["ops"].empty());
  EXPECT_EQ(page["schedule"]["draws"], true);
  const json made_small = json::parse(
      run("minimize --json anon_vma/m09_lock_reinit drawn.schedule -o small.schedule").out);
  EXPECT_GT(made_small["before"]["ops"], made_small["after"]["ops"]);
  const std::string small = read_file(folder_ / "small.schedule");
  EXPECT_NE(small.find("fault mm"), std::string::npos) << small;
  EXPECT_EQ(small.find("walk"), std::string::npos) << small;
  EXPECT_EQ(run("replay --quiet anon_vma/m09_lock_reinit small.schedule").status, 1);
  const Ran sorted = run("triage --json anon_vma/m09_lock_reinit drawn.schedule small.schedule");
  EXPECT_EQ(json::parse(sorted.out)["bugs"][0]["file"], "small.schedule") << sorted.out;
  expect_usage_error(
      run("verify anon_vma/m09_lock_reinit --program drawn.schedule"),
      "--program drawn.schedule: expected all ops to be listed, and the walk draws some");
}

TEST_F(Cli, MinimizeIntoAFolderWritesARegressionThatSaysWhatItShows) {
  for (const char* const name : {"kept/here", "kept/there.schedule"}) {
    const Ran ran = run("minimize anon_vma/as_posted " + kRecycle + " --into " + std::string(name));
    ASSERT_EQ(ran.status, 0) << ran.err;
  }
  const std::string text = read_file(folder_ / "kept/here.schedule");
  EXPECT_EQ(text.find("schedule anon_vma\n"
                      "# recycled-object in anon_vma/as_posted\n"
                      "# signature: recycled-object in "),
            0U)
      << text;
  const std::string replay = "\n# replay with: revenant ";
  const std::size_t from = text.find(replay);
  ASSERT_NE(from, std::string::npos) << text;
  const std::string command = text.substr(from + replay.size());
  EXPECT_EQ(run(command.substr(0, command.find('\n'))).status, 1);
  EXPECT_TRUE(fs::exists(folder_ / "kept/there.schedule"));
}

TEST_F(Cli, TheSameSeedGivesByteIdenticalOutput) {
  for (const char* const arguments :
       {"fuzz anon_vma/as_posted --seed 5", "fuzz anon_vma/fixed --seed 5 --runs 2000",
        "fuzz anon_vma/as_posted --seed 5 --policy fresh",
        "fuzz anon_vma/m21_unlink_before_unmap --seed 5 --policy random-walk",
        "fuzz anon_vma/as_posted --seed 5 --runs 40000 --jobs 2"}) {
    const Ran first = run(arguments);
    const Ran second = run(arguments);
    EXPECT_FALSE(first.out.empty());
    EXPECT_EQ(first.out, second.out) << arguments;
    EXPECT_EQ(first.status, second.status);
  }
}

TEST_F(Cli, FuzzIsCleanOnTheFixedVersion) {
  const Ran ran = run("fuzz anon_vma --runs 3000 --json");
  EXPECT_EQ(ran.status, 0);
  EXPECT_EQ(json::parse(ran.out)["executions"], 3000);
  EXPECT_TRUE(json::parse(ran.out)["findings"].empty());
}

TEST_F(Cli, FuzzKeepsItsCorpusAndStartsFromIt) {
  ASSERT_EQ(run("fuzz anon_vma --runs 500 --corpus kept").status, 0);
  const auto count = [&] {
    return std::distance(fs::directory_iterator(folder_ / "kept"), fs::directory_iterator());
  };
  const auto after_first = count();
  EXPECT_GT(after_first, 10);
  ASSERT_EQ(run("fuzz anon_vma --runs 2000 --seed 2 --corpus kept").status, 0);
  EXPECT_GT(count(), after_first);
}

TEST_F(Cli, EncodeAndDecodeAreEachOthersInverse) {
  ASSERT_EQ(run("encode anon_vma " + kRecycle + " -o bytes").status, 0);
  const Ran text = run("decode anon_vma bytes");
  ASSERT_EQ(text.status, 0);
  EXPECT_EQ(text.out.find("schedule anon_vma\ncpu 0: lock page0\n"), 0U) << text.out;
  EXPECT_EQ(run("decode anon_vma " + kRecycle).out, text.out);
  const json document = json::parse(run("decode --json anon_vma bytes").out);
  EXPECT_EQ(document["cpus"][0]["ops"][0], "lock page0");
  EXPECT_FALSE(document["preemptions"].empty());
  EXPECT_TRUE(document.contains("choices"));
}

TEST_F(Cli, AnyBytesAreAByteSchedule) {
  write("noise", std::string("\xff\xfe\x00#schedule\n\x80", 14));
  EXPECT_EQ(run("replay --quiet anon_vma noise").status, 0);
  write("nothing", "");
  EXPECT_EQ(run("replay --quiet anon_vma nothing").status, 0);
  write("almost", "schedule anon_vma\ncpu 0: no such op\n");
  EXPECT_EQ(run("replay --quiet anon_vma almost").status, 0);
}

TEST_F(Cli, OutputGoesIntoAPipeAndThroughALink) {
  write("out.txt", "");
  ASSERT_EQ(::mkfifo((folder_ / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(run_shell("{ cat pipe >got & } && " + kProgram + "encode anon_vma " + kRecycle +
                      " -o pipe 2>err.txt && wait")
                .status,
            0);
  EXPECT_TRUE(fs::is_fifo(folder_ / "pipe"));
  ASSERT_EQ(run("encode anon_vma " + kRecycle + " -o bytes").status, 0);
  EXPECT_EQ(read_file(folder_ / "got"), read_file(folder_ / "bytes"));

  write("target", "");
  fs::create_symlink("target", folder_ / "link");
  ASSERT_EQ(run("encode anon_vma " + kRecycle + " -o link").status, 0);
  EXPECT_TRUE(fs::is_symlink(folder_ / "link"));
  EXPECT_EQ(read_file(folder_ / "target"), read_file(folder_ / "bytes"));
}

TEST_F(Cli, HelpNamesTheExitStatuses) {
  const Ran ran = run("--help");
  EXPECT_EQ(ran.status, 0);
  EXPECT_NE(ran.out.find("0 clean, 1 finding or no verdict, 2 bad usage"), std::string::npos)
      << ran.out;
}

TEST_F(Cli, SaysItsVersion) {
  const Ran ran = run("--version");
  EXPECT_EQ(ran.status, 0);
  EXPECT_TRUE(ran.out.starts_with("revenant 0.1.0 (sanitizers: ")) << ran.out;
}

TEST_F(Cli, TriageSortsSchedulesByWhatTheyShow) {
  const std::string corpus = REVENANT_SOURCE_DIR "/corpus/anon_vma/";
  write("crashes/b.schedule", read_file(kRecycle));
  // One op more at the end, and so the larger of the two.
  std::string longer = read_file(kRecycle);
  longer.insert(longer.find("fault mm1 page1") + 15, ", fault mm2 page2");
  write("crashes/of_today/a.schedule", longer);
  write("crashes/get.schedule", read_file(corpus + "recycle_2010_get.schedule"));
  const Ran ran =
      run("triage --json anon_vma/as_posted crashes '" + corpus + "fault_exit.schedule'");
  ASSERT_EQ(ran.status, 1) << ran.err;
  const json document = json::parse(ran.out);
  ASSERT_EQ(document["bugs"].size(), 1U) << ran.out;
  const json bug = document["bugs"][0];
  EXPECT_EQ(bug["kind"], "recycled-object");
  EXPECT_EQ(bug["signature"],
            "recycled-object in anon_vma: find_anon_vma, anon_vma_free, anon_vma_alloc, anon_vma");
  EXPECT_EQ(bug["file"], "crashes/b.schedule");
  EXPECT_EQ(bug["files"].size(), 3U);
  EXPECT_EQ(document["clean"], json::array({corpus + "fault_exit.schedule"}));
  EXPECT_EQ(run("triage anon_vma/fixed crashes").status, 0);
}

TEST_F(Cli, ALinkToNowhereDoesNotCostItsFolder) {
  write("crashes/a.schedule", read_file(kRecycle));
  // The order in which a folder is read is its own.
  for (int i = 0; i < 20; ++i) {
    fs::create_symlink("/nowhere", folder_ / "crashes" / ("link" + std::to_string(i)));
  }
  EXPECT_EQ(run("triage anon_vma/as_posted crashes").status, 1);
}

TEST_F(Cli, TriageTellsTwoBugsApart) {
  const Ran ran =
      run("triage anon_vma/v5_before_2014 --sarif findings.sarif '" REVENANT_SOURCE_DIR
          "/corpus/anon_vma/regressions/z5_last_put_inside_section.schedule' '" REVENANT_SOURCE_DIR
          "/corpus/anon_vma/regressions/z6_root_freed_before_child.schedule'");
  EXPECT_EQ(ran.status, 1) << ran.err;
  EXPECT_NE(ran.out.find("2 bugs, 0 files without a finding\n"), std::string::npos) << ran.out;
  const json sarif = json::parse(read_file(folder_ / "findings.sarif"));
  ASSERT_EQ(sarif["runs"][0]["results"].size(), 2U);
  EXPECT_EQ(sarif["runs"][0]["results"][0]["ruleId"], "access-outside-rcu");
}

TEST_F(Cli, ShowWritesEachFormatThatItOffers) {
  const std::string show = "show anon_vma/as_posted '" + kRecycle + "' --format ";
  const Ran text = run(show + "text");
  EXPECT_EQ(text.status, 1);
  EXPECT_NE(text.out.find("*** recycled-object"), std::string::npos) << text.out;
  EXPECT_EQ(run(show + "json -o run.json").status, 1);
  const json document = json::parse(read_file(folder_ / "run.json"));
  EXPECT_EQ(document["finding"]["kind"], "recycled-object");
  EXPECT_EQ(document["events"][1]["code"], "mutex_lock(&mm->mmap_lock);");
  EXPECT_TRUE(json::parse(run(show + "perfetto").out).contains("traceEvents"));
  expect_usage_error(run(show + "pdf"), "no format 'pdf'; there is: text, json, html, perfetto");
  expect_usage_error(run(show + "json -o ."), "cannot write .");
}

TEST_F(Cli, ExplainSaysWhatHappened) {
  const Ran ran = run("explain anon_vma/as_posted '" + kRecycle + "'");
  EXPECT_EQ(ran.status, 1);
  EXPECT_NE(ran.out.find("CPU 1\nin `exit mm0` frees anon_vma0#1"), std::string::npos) << ran.out;
  const Ran clean = run("explain anon_vma/fixed --json '" + kRecycle + "'");
  EXPECT_EQ(clean.status, 0);
  EXPECT_EQ(json::parse(clean.out)["explanation"].size(), 1U);
}

TEST_F(Cli, FuzzWritesItsFindingAsSarifToo) {
  const Ran ran = run("fuzz anon_vma/m21_unlink_before_unmap --sarif s.sarif --json");
  ASSERT_EQ(ran.status, 1) << ran.err;
  const json result = json::parse(read_file(folder_ / "s.sarif"))["runs"][0]["results"][0];
  EXPECT_EQ(result["properties"]["schedule"], json::parse(ran.out)["findings"][0]["file"]);
}

TEST_F(Cli, VerifyFindsTheRecycleWithinItsBounds) {
  const std::string program = " --program '" + kRecycle + "' --json";
  const Ran found = run("verify anon_vma/as_posted --preemptions 2" + program);
  EXPECT_EQ(found.status, 1) << found.err;
  const json document = json::parse(found.out);
  EXPECT_EQ(document["verdict"], "finding");
  EXPECT_EQ(document["bound"]["preemptions"], 2);
  const std::string file = document["findings"][0]["file"];
  EXPECT_EQ(run("replay anon_vma/as_posted --quiet " + file).status, 1);
  const Ran clean = run("verify anon_vma/as_posted --preemptions 1" + program);
  EXPECT_EQ(clean.status, 0);
  EXPECT_EQ(json::parse(clean.out)["verdict"], "clean");
}

TEST_F(Cli, VerifyGoesOnFromACheckpointOfTheSameSearchOnly) {
  const std::string verify = "verify anon_vma/m12_root_first --checkpoint c.json --json ";
  const Ran ran = run(verify + "--ops 1");
  EXPECT_EQ(json::parse(ran.out)["verdict"], "clean") << ran.out;
  // The search is over, and what is known of it stays.
  const Ran again = run(verify + "--ops 1");
  EXPECT_EQ(json::parse(again.out)["schedules"], json::parse(ran.out)["schedules"]);
  expect_usage_error(run(verify + "--ops 2"), "c.json: expected a checkpoint of the search");
}

TEST_F(Cli, VerifyFindsAndCountsTheSameInAnyNumberOfProcesses) {
  for (const char* const variant : {"fixed", "as_posted"}) {
    const std::string verify =
        fmt::format("verify anon_vma/{} --program '{}' --json --jobs ", variant, kRecycle);
    for (const std::string room : {"", " --choices 0 --max-states 3000"}) {
      json one = json::parse(run(verify + "1" + room).out);
      json three = json::parse(run(verify + "3" + room).out);
      one.erase("seconds");
      three.erase("seconds");
      EXPECT_EQ(one, three);
    }
  }
}

// Ended by its bound on time, at once and again and again: in the end it is all done.
TEST_F(Cli, VerifyGoesOnFromACheckpointInAnotherNumberOfProcesses) {
  const std::string program = " --program '" + kRecycle + "' --json";
  const json whole = json::parse(run("verify anon_vma/fixed --jobs 2" + program).out);
  const std::string verify = "verify anon_vma/fixed --checkpoint c.json" + program;
  // Interrupted as soon as may be: before it listens it ends at once, and prints nothing.
  for (double seconds = 0.05; seconds < 10; seconds *= 1.5) {
    const std::string command = fmt::format("timeout -s INT {} {}{} --jobs 3 >out.txt 2>err.txt",
                                            seconds, kProgram, verify);
    ASSERT_EQ(run_shell(command).status, 124);
    if (!read_file(folder_ / "out.txt").empty()) break;
  }
  ASSERT_EQ(json::parse(read_file(folder_ / "out.txt"))["verdict"], "unfinished");
  const json rest = json::parse(run(verify + " --jobs 2").out);
  EXPECT_EQ(rest["verdict"], "clean");
  EXPECT_GE(rest["states"], whole["states"]);
  EXPECT_EQ(whole["states_exact"], true);
  EXPECT_EQ(rest["states_exact"], false);
}

TEST_F(Cli, VerifyGoesOnWithoutRoomForStates) {
  const std::string verify =
      "verify anon_vma/fixed --choices 0 --program '" + kRecycle + "' --jobs 2 ";
  const json whole = json::parse(run(verify + "--json").out);
  EXPECT_EQ(whole["states_exact"], true);
  const json some = json::parse(run(verify + "--json --max-states 300").out);
  EXPECT_EQ(some["verdict"], "clean");
  EXPECT_EQ(some["states"], 300);
  EXPECT_EQ(some["states_exact"], false);
  EXPECT_EQ(some["states_forgotten"], true);
  EXPECT_GT(some["schedules"], whole["schedules"]);
  EXPECT_NE(run(verify + "--max-states 300").out.find(", 300 states remembered, and others not"),
            std::string::npos);
  // Room for all but one, which no process may be the first to miss.
  const auto count = whole["states"].get<std::uint64_t>();
  for (const std::uint64_t most : {count - 1, count}) {
    const std::string room = "--json --max-states " + std::to_string(most);
    EXPECT_EQ(json::parse(run(verify + room).out)["states_forgotten"], most < count);
  }
  // Of each of many programs.
  const json many = json::parse(run("verify anon_vma/fixed --json --max-states 50").out);
  EXPECT_EQ(many["verdict"], "clean");
  EXPECT_EQ(many["states_exact"], false);
}

TEST_F(Cli, VerifyDoesNotLoseAFindingBehindACheckpoint) {
  const std::string verify =
      "verify anon_vma/as_posted --program '" + kRecycle + "' --checkpoint c.json --json";
  const Ran first = run(verify);
  const Ran second = run(verify);
  EXPECT_EQ(first.status, 1) << first.err;
  EXPECT_EQ(second.status, 1) << second.err;
  EXPECT_EQ(json::parse(second.out)["findings"], json::parse(first.out)["findings"]);
}

// The version has another bug, which a smaller schedule shows: the minimizer must not drift to it.
TEST_F(Cli, MinimizeStaysWithTheBugThatItWasGiven) {
  const std::string given =
      REVENANT_SOURCE_DIR "/corpus/anon_vma/regressions/z5_last_put_inside_section.schedule";
  ASSERT_EQ(run("minimize anon_vma/v5_before_2014 '" + given + "' -o small.schedule").status, 0);
  const Ran ran = run("replay --json anon_vma/v5_before_2014 small.schedule");
  EXPECT_EQ(json::parse(ran.out)["findings"][0]["kind"], "sleep-in-rcu") << ran.out;
}

}  // namespace
}  // namespace revenant
