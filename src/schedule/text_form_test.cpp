#include "schedule/text_form.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "schedule/byte_codec.h"
#include "schedule/fake_ops.h"

namespace revenant {
namespace {

std::variant<Schedule, ParseError> parse(std::string_view text) {
  return parse_text(text, "fake", OpTable(kFakeOps));
}

Schedule parsed(std::string_view text) {
  const auto result = parse(text);
  const auto* const error = std::get_if<ParseError>(&result);
  EXPECT_EQ(error, nullptr) << error->line << ": " << error->expected;
  return error != nullptr ? Schedule{} : std::get<Schedule>(result);
}

// "2: expected ..." as a user reads it.
std::string error_of(std::string_view text) {
  const auto result = parse(text);
  const auto* const error = std::get_if<ParseError>(&result);
  return error == nullptr ? "no error" : std::to_string(error->line) + ": " + error->expected;
}

std::string repeated(std::string_view text, std::size_t count) {
  std::string all;
  for (; count > 0; --count) all += text;
  return all;
}

constexpr std::string_view kApproved =
    "schedule fake\n"
    "cpu 0: lock_in page1 slot3, idle\n"
    "cpu 1:\n"
    "cpu 2: lock page0\n"
    "preempt cpu 0 op 0 point 6 to cpu 1\n"
    "preempt cpu rcu op 1 point 255 to cpu rcu\n"
    "choose cpu 1 op 0 point 2 value 1\n"
    "walk 0x5eed from 57 draws\n";

Schedule approved() {
  Schedule schedule;
  schedule.cpus.resize(3);
  schedule.cpus[0].push_back({.op = 2, .arguments = {1, 3}});
  schedule.cpus[0].push_back({.op = 0});
  schedule.cpus[2].push_back({.op = 1, .arguments = {0}});
  schedule.preemptions.push_back({.at = anchor(0, 0, 6), .to = CpuId{1}});
  schedule.preemptions.push_back({.at = anchor(4, 1, 255), .to = CpuId{4}});
  schedule.picks.push_back({.at = anchor(1, 0, 2), .value = 1});
  schedule.walk = 0x5eed;
  schedule.walk_from = 57;
  schedule.draws = true;
  return schedule;
}

TEST(TextForm, IsWrittenAsApproved) {
  EXPECT_EQ(to_text(approved(), "fake", OpTable(kFakeOps)), kApproved);
}

TEST(TextForm, IsReadAsApproved) { EXPECT_EQ(parsed(kApproved), approved()); }

TEST(TextForm, ReadsWhatItWrites) {
  for (const OpTable& table : {OpTable(kFakeOps), OpTable(kWideOps)}) {
    Rng rng(1);
    for (int i = 0; i < 2'000; ++i) {
      const Schedule schedule = any_schedule(table, rng);
      const std::string text = to_text(schedule, "fake", table);
      ASSERT_TRUE(looks_like_text(text));
      const auto result = parse_text(text, "fake", table);
      ASSERT_TRUE(std::holds_alternative<Schedule>(result)) << text;
      ASSERT_EQ(std::get<Schedule>(result), schedule) << text;
    }
  }
}

TEST(TextForm, TakesCommentsBlankLinesAndSpaceAnywhere) {
  EXPECT_EQ(parsed("schedule fake # the subject\n"
                   "# a whole line\n"
                   "\n"
                   "   \t \n"
                   "  cpu   0 :lock_in\tpage1   slot3 ,idle# no space before\n"
                   "cpu 1:# nothing\n"
                   "cpu 2: lock page0\n"
                   "preempt cpu 0 op 0 point 6 to cpu 1\n"
                   "preempt cpu rcu op 1 point 0xff to cpu rcu\n"
                   "choose cpu 1 op 0 point 2 value 1\n"
                   "walk 24301  from 0x39   draws"),
            approved());
}

TEST(TextForm, TakesLineEndsOfWindows) {
  std::string windows;
  for (const char c : kApproved) windows.append(c == '\n' ? "\r\n" : std::string(1, c));
  EXPECT_EQ(parsed(windows), approved());
}

TEST(TextForm, TakesLinesInAnyOrderAndNormalizes) {
  EXPECT_EQ(parsed("schedule fake\n"
                   "walk 0x5eed from 57 draws\n"
                   "choose cpu 1 op 0 point 2 value 1\n"
                   "preempt cpu rcu op 1 point 255 to cpu rcu\n"
                   "preempt cpu 0 op 0 point 6 to cpu 1\n"
                   "preempt cpu 0 op 0 point 6 to cpu 3\n"
                   "cpu 0: lock_in page1 slot3, idle\n"
                   "cpu 1:\n"
                   "cpu 2: lock page0\n"),
            approved());
}

TEST(TextForm, RefusesAnotherHeader) {
  EXPECT_EQ(error_of(""), "1: 'schedule fake'");
  EXPECT_EQ(error_of("\n# no header\n"), "2: 'schedule fake'");
  EXPECT_EQ(error_of("# a comment\ncpu 0: idle\n"), "2: 'schedule fake'");
  EXPECT_EQ(error_of("schedule other\ncpu 0:\n"), "1: 'schedule fake'");
  EXPECT_EQ(error_of("schedule fakes\ncpu 0:\n"), "1: 'schedule fake'");
  EXPECT_EQ(error_of("cpu 0: idle\n"), "1: 'schedule fake'");
  EXPECT_EQ(error_of("schedule fake twice\ncpu 0:\n"), "1: end of line");
}

TEST(TextForm, BeginsAfterAByteOrderMarkCommentsAndEmptyLines) {
  const std::string before = "\xef\xbb\xbf# what it shows\r\n\n  \n";
  EXPECT_EQ(error_of(before + "schedule fake\ncpu 0: idle\n"), "no error");
  EXPECT_TRUE(may_be_text(before + "schedule fake\n"));
  EXPECT_FALSE(looks_like_text(before + "schedule fake\n"));
  EXPECT_FALSE(may_be_text(before));
  EXPECT_FALSE(may_be_text("# schedule fake\nbytes"));
  EXPECT_TRUE(may_be_text("  schedule fake\n"));
  EXPECT_TRUE(may_be_text("schedule\tfake\n"));
  EXPECT_FALSE(may_be_text("schedules fake\n"));
}

TEST(TextForm, RefusesAScheduleWithoutCpus) {
  EXPECT_EQ(error_of("schedule fake"), "1: a line 'cpu 0: OP, ...'");
  EXPECT_EQ(error_of("schedule fake\n\nwalk 1\n"), "3: a line 'cpu 0: OP, ...'");
}

TEST(TextForm, RefusesALineThatItDoesNotKnow) {
  EXPECT_EQ(error_of("schedule fake\ncpu 0: idle\nsleep 1\n"),
            "3: 'cpu', 'preempt', 'choose' or 'walk'");
  EXPECT_EQ(error_of("schedule fake\ncpus 0: idle\n"), "2: 'cpu', 'preempt', 'choose' or 'walk'");
}

TEST(TextForm, RefusesASecondWalk) {
  EXPECT_EQ(error_of("schedule fake\ncpu 0: idle\nwalk 1 from 5\nwalk 2\n"), "4: one walk at most");
}

TEST(TextForm, RefusesAnUnknownOp) {
  const std::string expected = "2: an op of fake: idle, lock, lock_in";
  EXPECT_EQ(error_of("schedule fake\ncpu 0: unlock page0\n"), expected);
  EXPECT_EQ(error_of("schedule fake\ncpu 0: idle, idles\n"), expected);
  EXPECT_EQ(error_of("schedule fake\ncpu 0: idle,\n"), expected);
  EXPECT_EQ(error_of("schedule fake\ncpu 0: ,\n"), expected);
}

TEST(TextForm, RefusesABadArgument) {
  EXPECT_EQ(error_of("schedule fake\ncpu 0: lock page3\n"), "2: page0 to page2");
  EXPECT_EQ(error_of("schedule fake\ncpu 0: lock\n"), "2: page0 to page2");
  EXPECT_EQ(error_of("schedule fake\ncpu 0: lock slot0\n"), "2: page0 to page2");
  EXPECT_EQ(error_of("schedule fake\ncpu 0: lock page00\n"), "2: page0 to page2");
  EXPECT_EQ(error_of("schedule fake\ncpu 0: lock_in page0, idle\n"), "2: slot0 to slot3");
  EXPECT_EQ(error_of("schedule fake\ncpu 0: lock page0 page1\n"), "2: ','");
}

TEST(TextForm, RefusesCpusOutOfOrder) {
  EXPECT_EQ(error_of("schedule fake\ncpu 1: idle\n"), "2: CPU 0 next, as CPUs stand in order");
  EXPECT_EQ(error_of("schedule fake\ncpu 0:\ncpu 0:\n"), "3: CPU 1 next, as CPUs stand in order");
  EXPECT_EQ(error_of("schedule fake\ncpu rcu: idle\n"), "2: CPU 0 next, as CPUs stand in order");
  EXPECT_EQ(error_of("schedule fake\ncpu 0 idle\n"), "2: ':'");
}

TEST(TextForm, RefusesMoreThanAScheduleHolds) {
  EXPECT_EQ(error_of("schedule fake\ncpu 0: idle" + repeated(", idle", kMaxOpsPerCpu)),
            "2: at most 8 ops on a CPU");
  EXPECT_EQ(error_of("schedule fake\ncpu 0:\ncpu 1:\ncpu 2:\ncpu 3:\ncpu 4:\n"),
            "6: at most 4 CPUs");
  const std::string preemption = "preempt cpu 0 op 0 point 0 to cpu 0\n";
  EXPECT_EQ(error_of("schedule fake\ncpu 0:\n" + repeated(preemption, kMaxPreemptions + 1)),
            "67: at most 64 preemptions");
  const std::string pick = "choose cpu 0 op 0 point 0 value 0\n";
  EXPECT_EQ(error_of("schedule fake\ncpu 0:\n" + repeated(pick, kMaxPicks + 1)),
            "67: at most 64 choices");
}

TEST(TextForm, TakesAsMuchAsAScheduleHolds) {
  EXPECT_EQ(parsed("schedule fake\ncpu 0: idle" + repeated(", idle", kMaxOpsPerCpu - 1) +
                   "\ncpu 1:\ncpu 2:\ncpu 3:\n")
                .cpus[0]
                .size(),
            kMaxOpsPerCpu);
}

TEST(TextForm, RefusesABadNumber) {
  const auto error_in = [](const std::string& line) {
    return error_of("schedule fake\ncpu 0:\n" + line);
  };
  EXPECT_EQ(error_in("walk"), "3: a seed from 0 to 4294967295");
  EXPECT_EQ(error_in("walk 4294967296"), "3: a seed from 0 to 4294967295");
  EXPECT_EQ(error_in("walk -1"), "3: a seed from 0 to 4294967295");
  EXPECT_EQ(error_in("walk 0x"), "3: a seed from 0 to 4294967295");
  EXPECT_EQ(error_in("walk 0xfg"), "3: a seed from 0 to 4294967295");
  EXPECT_EQ(error_in("walk 0x0x1"), "3: a seed from 0 to 4294967295");
  EXPECT_EQ(error_in("walk 1 from"), "3: a question from 0 to 65535");
  EXPECT_EQ(error_in("walk 1 from 65536"), "3: a question from 0 to 65535");
  EXPECT_EQ(error_in("preempt cpu 0 op 256 point 0 to cpu 1"), "3: an op from 0 to 255");
  EXPECT_EQ(error_in("preempt cpu 0 op 0 point 1e3 to cpu 1"), "3: a point from 0 to 255");
  EXPECT_EQ(error_in("choose cpu 0 op 0 point 0 value 256"), "3: a value from 0 to 255");
  EXPECT_EQ(error_in("preempt cpu 4 op 0 point 0 to cpu 1"),
            "3: a CPU: 'rcu' or a number from 0 to 3");
}

TEST(TextForm, RefusesAMissingWord) {
  const auto error_in = [](const std::string& line) {
    return error_of("schedule fake\ncpu 0:\n" + line);
  };
  EXPECT_EQ(error_in("preempt 0 op 0 point 0 to cpu 1"), "3: 'cpu'");
  EXPECT_EQ(error_in("preempt cpu 0 point 0 to cpu 1"), "3: 'op'");
  EXPECT_EQ(error_in("preempt cpu 0 op 0 to cpu 1"), "3: 'point'");
  EXPECT_EQ(error_in("preempt cpu 0 op 0 point 0 cpu 1"), "3: 'to'");
  EXPECT_EQ(error_in("choose cpu 0 op 0 point 0 1"), "3: 'value'");
}

TEST(TextForm, RefusesTrailingGarbage) {
  EXPECT_EQ(error_of("schedule fake\ncpu 0: idle; idle\n"), "2: ','");
  EXPECT_EQ(error_of("schedule fake\ncpu 0:\nwalk 1 2\n"), "3: end of line");
  EXPECT_EQ(error_of("schedule fake\ncpu 0:\npreempt cpu 0 op 0 point 0 to cpu 1 now\n"),
            "3: end of line");
  EXPECT_EQ(error_of(std::string_view("schedule fake\ncpu 0:\nwalk 1\0\n", 29)), "3: end of line");
}

// Pieces of the language and of none, in any order.
std::string any_text(Rng& rng) {
  constexpr std::string_view kPieces[] = {
      "cpu",  "preempt", "choose", "walk",  "op",       "point", "to",   "value",
      "idle", "lock",    "page",   "page0", "slot",     " ",     " ",    " ",
      "\n",   "\r\n",    "0",      "1",     "0x",       "255",   "from", ":",
      ",",    "#",       "-",      "\t",    "schedule", "fake",  "rcu"};
  std::string text = rng.one_in(8) ? "" : "schedule fake\ncpu 0: idle\n";
  for (std::uint32_t n = rng.below(20); n > 0; --n) {
    if (rng.one_in(20)) text += static_cast<char>(rng.next());
    text += kPieces[rng.below(static_cast<std::uint32_t>(std::size(kPieces)))];
  }
  return text;
}

TEST(TextForm, WhatBeginsLikeATextAndIsNoneIsAByteForm) {
  const OpTable table(kFakeOps);
  const std::string broken = "schedule fake\ncpu 0: nothing of the kind\n";
  const std::vector<std::uint8_t> bytes(broken.begin(), broken.end());
  EXPECT_EQ(read_either(broken, "fake", table), decode(bytes, table));
  EXPECT_EQ(read_either(kApproved, "fake", table), approved());
}

TEST(TextForm, EveryTextIsAScheduleOrAnErrorAtOneOfItsLines) {
  const OpTable table(kFakeOps);
  Rng rng(2);
  int schedules = 0;
  for (int i = 0; i < 50'000; ++i) {
    const std::string text = any_text(rng);
    const auto result = parse(text);
    if (const auto* const error = std::get_if<ParseError>(&result)) {
      ASSERT_GE(error->line, 1U) << text;
      ASSERT_LE(error->line, 1U + static_cast<std::size_t>(std::ranges::count(text, '\n'))) << text;
      ASSERT_FALSE(error->expected.empty()) << text;
    } else {
      ASSERT_TRUE(is_valid(std::get<Schedule>(result), table)) << text;
      ++schedules;
    }
  }
  EXPECT_GT(schedules, 1'000) << "these texts say nothing about schedules";
}

}  // namespace
}  // namespace revenant
