#include "schedule/byte_codec.h"

#include <gtest/gtest.h>

#include "schedule/fake_ops.h"
#include "schedule/text_form.h"

namespace revenant {
namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr int kRandomStrings = 100'000;

// Half of the strings begin like a schedule with few ops, so that the lists are reached often.
Bytes any_bytes(Rng& rng) {
  Bytes bytes(rng.below(rng.one_in(4) ? 600 : 40));
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(rng.next());
  if (rng.one_in(2) && bytes.size() > 3) bytes[0] &= 4U, bytes[1] = 1;
  return bytes;
}

void expect_canonical(const Bytes& bytes, const OpTable& table) {
  const Schedule schedule = decode(bytes, table);
  ASSERT_TRUE(is_valid(schedule, table));
  const Bytes canonical = encode(schedule, table);
  ASSERT_EQ(decode(canonical, table), schedule);
  ASSERT_EQ(encode(decode(canonical, table), table), canonical);
}

TEST(ByteCodec, EveryByteStringIsASchedule) {
  const OpTable table(kFakeOps);
  Rng rng(1);
  for (int i = 0; i < kRandomStrings; ++i) {
    ASSERT_NO_FATAL_FAILURE(expect_canonical(any_bytes(rng), table)) << "string " << i;
  }
}

TEST(ByteCodec, EveryByteStringIsAScheduleOfAWideTable) {
  const OpTable table(kWideOps);
  Rng rng(2);
  for (int i = 0; i < kRandomStrings / 4; ++i) {
    ASSERT_NO_FATAL_FAILURE(expect_canonical(any_bytes(rng), table)) << "string " << i;
  }
}

TEST(ByteCodec, EveryPrefixOfAByteFormIsASchedule) {
  const OpTable table(kFakeOps);
  Rng rng(3);
  for (int i = 0; i < 30; ++i) {
    Bytes bytes = encode(any_schedule(table, rng), table);
    for (; !bytes.empty(); bytes.pop_back()) {
      ASSERT_NO_FATAL_FAILURE(expect_canonical(bytes, table)) << "length " << bytes.size();
    }
  }
}

TEST(ByteCodec, NothingIsOneCpuThatDoesNothing) {
  const OpTable table(kFakeOps);
  const Schedule schedule = decode({}, table);
  EXPECT_EQ(schedule.cpus.size(), 1U);
  EXPECT_TRUE(schedule.cpus[0].empty());
  EXPECT_TRUE(schedule.preemptions.empty() && schedule.picks.empty() && !schedule.walk);
  EXPECT_TRUE(encode(schedule, table).empty());
}

TEST(ByteCodec, DecodesWhatItEncodes) {
  for (const OpTable& table : {OpTable(kFakeOps), OpTable(kWideOps)}) {
    Rng rng(4);
    for (int i = 0; i < 20'000; ++i) {
      const Schedule schedule = any_schedule(table, rng);
      ASSERT_EQ(decode(encode(schedule, table), table), schedule) << "schedule " << i;
    }
  }
}

// The largest anchors, the fullest lists and the highest op numbers that there are.
Schedule full_schedule(const OpTable& table) {
  Schedule schedule;
  schedule.cpus.resize(kMaxScheduleCpus);
  for (Ops& ops : schedule.cpus) {
    while (ops.size() < kMaxOpsPerCpu) ops.push_back(table.call(table.size() - 1));
  }
  for (std::uint32_t i = 0; i < kMaxPreemptions; ++i) {
    schedule.preemptions.push_back({.at = anchor(4, kMaxAnchor, kMaxAnchor - i), .to = CpuId{4}});
  }
  for (std::uint32_t i = 0; i < kMaxPicks; ++i) {
    schedule.picks.push_back({.at = anchor(4, kMaxAnchor, kMaxAnchor - i), .value = 255});
  }
  schedule.walk = 0xffffffffU;
  normalize(schedule);
  return schedule;
}

TEST(ByteCodec, KeepsAScheduleWithEveryListFull) {
  for (const OpTable& table : {OpTable(kFakeOps), OpTable(kWideOps)}) {
    const Schedule full = full_schedule(table);
    ASSERT_EQ(full.preemptions.size(), kMaxPreemptions);
    ASSERT_EQ(full.picks.size(), kMaxPicks);
    EXPECT_EQ(decode(encode(full, table), table), full);
  }
}

TEST(ByteCodec, KeepsAnEntryThatIsAllZeros) {
  const OpTable table(kFakeOps);
  Schedule preempted = decode({}, table);
  preempted.preemptions.push_back({});
  EXPECT_EQ(decode(encode(preempted, table), table), preempted);
  Schedule picked = decode({}, table);
  picked.picks.push_back({});
  EXPECT_EQ(decode(encode(picked, table), table), picked);
}

TEST(ByteCodec, CutsTrailingZeros) {
  const OpTable table(kFakeOps);
  Schedule schedule = decode({}, table);
  schedule.cpus.resize(3);
  schedule.cpus[0].push_back(table.call(5));
  EXPECT_EQ(encode(schedule, table), (Bytes{2, 1, 5}));
  schedule.walk = 0x100;
  EXPECT_EQ(encode(schedule, table), (Bytes{6, 1, 5, 0, 0, 0, 1}));
  schedule.walk_from = 0x203;
  EXPECT_EQ(encode(schedule, table), (Bytes{14, 1, 5, 0, 0, 0, 1, 0, 0, 3, 2}));
  schedule.draws = true;
  EXPECT_EQ(encode(schedule, table), (Bytes{30, 1, 5, 0, 0, 0, 1, 0, 0, 3, 2}));
}

TEST(ByteCodec, WithoutAWalkNothingTakesOverOrIsDrawn) {
  const OpTable table(kFakeOps);
  EXPECT_EQ(decode(Bytes{24, 1, 5}, table), decode(Bytes{0, 1, 5}, table));
}

TEST(ByteCodec, HasTheLayoutThatItsHeaderSays) {
  const OpTable table(kFakeOps);
  const Schedule schedule =
      decode(Bytes{5, 2, 0, 15, 1, 3, 0xef, 0xbe, 0xad, 0xde, 1, 0x21, 7, 8, 1, 4, 2, 3, 9}, table);
  EXPECT_EQ(to_text(schedule, "fake", table),
            "schedule fake\n"
            "cpu 0: idle, lock_in page2 slot3\n"
            "cpu 1: lock page2\n"
            "preempt cpu 1 op 7 point 8 to cpu 2\n"
            "choose cpu rcu op 2 point 3 value 9\n"
            "walk 0xdeadbeef\n");
}

TEST(ByteCodec, AListEndsWithTheBytesWhateverItsCountSays) {
  const OpTable table(kFakeOps);
  const Schedule preempted = decode(Bytes{0, 0, 5, 0x10, 2, 1}, table);
  ASSERT_EQ(preempted.preemptions.size(), 1U);
  EXPECT_EQ(preempted.preemptions[0].to, CpuId{1});
  const Schedule picked = decode(Bytes{0, 0, 0, 5, 1, 2, 3, 4, 2}, table);
  ASSERT_EQ(picked.picks.size(), 2U);
  EXPECT_EQ(picked.picks[1].at, anchor(2, 0, 0)) << "what lacks of the last entry is zero";
}

TEST(ByteCodec, OfTwoEntriesForOneQuestionTheFirstStays) {
  const OpTable table(kFakeOps);
  const Schedule schedule = decode(Bytes{0, 0, 2, 0x10, 0, 1, 0x20, 0, 1}, table);
  ASSERT_EQ(schedule.preemptions.size(), 1U);
  EXPECT_EQ(schedule.preemptions[0].to, CpuId{1});
}

TEST(ByteCodec, ACanonicalFormNeverLooksLikeText) {
  const OpTable table(kFakeOps);
  Rng rng(5);
  for (int i = 0; i < 1'000; ++i) {
    const Bytes bytes = encode(any_schedule(table, rng), table);
    ASSERT_FALSE(looks_like_text(std::string(bytes.begin(), bytes.end())));
  }
}

}  // namespace
}  // namespace revenant
