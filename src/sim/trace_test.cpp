#include "sim/trace.h"

#include <gtest/gtest.h>

namespace revenant::sim {
namespace {

constexpr std::array<Field, 2> kFields{{
    {.name = "next", .offset_bytes = 0, .size_bytes = 8},
    {.name = "count", .offset_bytes = 8, .size_bytes = 4},
}};
constexpr std::uint64_t kNode = 0x10000;
constexpr std::uint64_t kCount = kNode + 8;
constexpr std::uint64_t kOther = 0x20000;

class TraceTest : public testing::Test {
 protected:
  TraceTest() {
    map_.add({.begin = kNode, .size_bytes = 16, .name = "node", .number = 3, .fields = kFields});
    map_.add({.begin = kOther, .size_bytes = 16, .name = "node", .number = 4, .fields = kFields});
  }
  std::string said(const Event& event) const { return describe(event, map_); }

  MemoryMap map_;
};

TEST_F(TraceTest, ALoadSaysWhatItRead) {
  EXPECT_EQ(said({.what = Primitive::kReadOnce, .object = {.bits = kCount}, .value = {.bits = 7}}),
            "READ_ONCE(node3.count) = 7");
}

TEST_F(TraceTest, AStoreSaysWhatItWrote) {
  EXPECT_EQ(said({.what = Primitive::kAtomicSet,
                  .object = {.bits = kCount},
                  .value = {.bits = static_cast<std::uint64_t>(-1)}}),
            "atomic_set(node3.count, -1)");
}

TEST_F(TraceTest, AReadModifyWriteSaysOldAndNew) {
  EXPECT_EQ(said({.what = Primitive::kAtomicInc,
                  .object = {.bits = kCount},
                  .value = {.bits = 2},
                  .old_value = {.bits = 1}}),
            "atomic_inc(node3.count) 1 -> 2");
}

TEST_F(TraceTest, ATestSaysItsResultToo) {
  EXPECT_EQ(said({.what = Primitive::kAtomicDecAndTest,
                  .object = {.bits = kCount, .life = 2},
                  .value = {.bits = 0},
                  .old_value = {.bits = 1},
                  .result = 1}),
            "atomic_dec_and_test(node3#2.count) 1 -> 0 = true");
}

TEST_F(TraceTest, ATryLockSaysItsResult) {
  EXPECT_EQ(said({.what = Primitive::kMutexTrylock, .object = {.bits = kCount}, .result = 0}),
            "mutex_trylock(node3.count) = false");
}

TEST_F(TraceTest, APrimitiveIsSpelledAsInTheCode) {
  EXPECT_EQ(said({.what = Primitive::kAtomicSet,
                  .suffix = Suffix::kRelease,
                  .object = {.bits = kCount},
                  .value = {.bits = 1}}),
            "atomic_set_release(node3.count, 1)");
}

TEST_F(TraceTest, WhoWaitsForNoLockWaitsForAGracePeriod) {
  EXPECT_EQ(said({.what = Primitive::kBlocked}), "waits for a grace period");
  EXPECT_EQ(said({.what = Primitive::kBlocked, .object = {.bits = kCount}}),
            "waits for(node3.count)");
}

TEST_F(TraceTest, AnAllocationNamesTheObjectAndItsLife) {
  EXPECT_EQ(said({.what = Primitive::kKmemCacheFree, .object = {.bits = kNode, .life = 2}}),
            "kmem_cache_free(node3#2)");
}

TEST_F(TraceTest, AFreedObjectIsCalledSo) {
  EXPECT_EQ(said({.what = Primitive::kReadOnce, .object = {.bits = kCount, .life = 1 | kFreed}}),
            "READ_ONCE(node3#1:freed.count) = 0");
}

TEST_F(TraceTest, APointerIsNamedByTheObjectAndItsTags) {
  EXPECT_EQ(said({.what = Primitive::kWriteOnce,
                  .object = {.bits = kNode},
                  .value = {.bits = kOther + 1, .life = 5}}),
            "WRITE_ONCE(node3.next, node4#5+1)");
}

TEST_F(TraceTest, APointerIntoAnObjectIsNamedByItsField) {
  EXPECT_EQ(said({.what = Primitive::kRcuDereference,
                  .object = {.bits = kNode},
                  .value = {.bits = kOther + 8}}),
            "rcu_dereference(node3.next) = &node4.count");
}

TEST_F(TraceTest, ALargeNumberIsHexadecimal) {
  EXPECT_EQ(said({.what = Primitive::kReadOnce,
                  .object = {.bits = kCount},
                  .value = {.bits = 0x6b6b6b6b}}),
            "READ_ONCE(node3.count) = 0x6b6b6b6b");
}

TEST_F(TraceTest, AFenceAndANoteStandAlone) {
  EXPECT_EQ(said({.what = Primitive::kSmpWmb}), "smp_wmb()");
  EXPECT_EQ(said({.what = Primitive::kNote, .text = "it was another one"}), "it was another one");
  EXPECT_EQ(said({.what = Primitive::kOpBegin, .text = "lock"}), "begin lock");
}

TEST(Trace, KeepsEventsInOrderUpToItsCapacity) {
  Trace trace(2);
  for (std::uint32_t step = 1; step <= 3; ++step) trace.add({.step = step});
  ASSERT_EQ(trace.events().size(), 2U);
  EXPECT_EQ(trace.events()[0].step, 1U);
  EXPECT_EQ(trace.events()[1].step, 2U);
  trace.clear();
  EXPECT_TRUE(trace.events().empty());
}

TEST(MemoryMap, KnowsAnAddressFromTheFirstByteOfARegionToItsLast) {
  MemoryMap map;
  map.add({.begin = kNode, .size_bytes = 16, .name = "node", .number = 0, .fields = kFields});
  EXPECT_EQ(map.find(kNode - 1), nullptr);
  EXPECT_NE(map.find(kNode), nullptr);
  EXPECT_NE(map.find(kNode + 15), nullptr);
  EXPECT_EQ(map.find(kNode + 16), nullptr);
  EXPECT_EQ(map.name_at(kNode + 16, 0), "?");
  EXPECT_EQ(map.name_at(kNode + 12, 0), "node0") << "no field is there";
}

}  // namespace
}  // namespace revenant::sim
