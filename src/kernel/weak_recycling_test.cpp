// RCU, dependencies and recycling with weak memory.
#include "kernel/test_weak_memory.h"

namespace revenant::kernel {
namespace {

TEST_F(WeakMemoryTest, AReaderSeesWhatCameBeforeAGracePeriodOrEndsBeforeIt) {
  EXPECT_THAT(outcomes(zero_,
                       {reads_y_and_x_,
                        [&] {
                          WRITE_ONCE(x_, 1);
                          synchronize_rcu();
                          WRITE_ONCE(y_, 1);
                        }},
                       a_and_b_),
              testing::ElementsAre(0, 1, 11));
}

TEST_F(WeakMemoryTest, AfterAGracePeriodOneSeesWhatItsReadersDid) {
  EXPECT_FALSE(outcomes(zero_,
                        {[&] {
                           rcu_read_lock();
                           WRITE_ONCE(x_, 1);
                           a_ = READ_ONCE(y_);
                           rcu_read_unlock();
                         },
                         [&] {
                           WRITE_ONCE(y_, 1);
                           synchronize_rcu();
                           b_ = READ_ONCE(x_);
                         }},
                        a_and_b_)
                   .contains(0));
}

TEST_F(WeakMemoryTest, ACallbackIsAGracePeriodToo) {
  struct Call {
    rcu_head head;
    int* y;
  };
  Call call{};
  EXPECT_THAT(outcomes(
                  [&] {
                    zero_();
                    call = {.head = {}, .y = &y_};
                  },
                  {reads_y_and_x_,
                   [&] {
                     WRITE_ONCE(x_, 1);
                     call_rcu(&call.head, [](rcu_head* head) {
                       WRITE_ONCE(*reinterpret_cast<Call*>(head)->y, 1);
                     });
                   }},
                  a_and_b_),
              testing::ElementsAre(0, 1, 11));
}

TEST_F(WeakMemoryTest, APointerOrdersWhatDependsOnItButNotOnAlpha) {
  thing* published = nullptr;
  thing* object = nullptr;
  const auto publishes = [&](MemoryModel model) {
    model_ = model;
    return outcomes(
        [&] {
          zero_();
          published = object = nullptr;
        },
        {[&] {
           object = alloc();
           WRITE_ONCE(object->first_child, object);
           rcu_assign_pointer(published, object);
         },
         [&] {
           const thing* const found = rcu_dereference(published);
           if (found == nullptr) return;
           a_ = 1;
           b_ = READ_ONCE(found->first_child) != nullptr ? 1 : 0;
         }},
        [&] {
          begin_memory(MemoryModel::kSc);
          return 10 * a_ + b_;
        });
  };
  EXPECT_THAT(publishes(MemoryModel::kWeak), testing::ElementsAre(0, 11));
  EXPECT_THAT(publishes(MemoryModel::kAlpha), testing::ElementsAre(0, 10, 11));
}

// Q4d: a count of the new life, and a field of the one before.
TEST_F(WeakMemoryTest, AnOldPointerMayReadTheFormerLifeUnlessTheCountPublishesTheNewOne) {
  const auto is_in_second_life = [](const thing* object) {
    return object != nullptr && slab().life_at(reinterpret_cast<std::uintptr_t>(object)) == 2;
  };
  const auto recycles = [&](void (*set)(atomic_t*, int, Site)) {
    return outcomes(
        [&] {
          zero_();
          share(nullptr);
        },
        {[&] {
           thing* const first = alloc();
           WRITE_ONCE(first->hint, 1);
           share(first);
           free(first);
           thing* const again = alloc();
           if (again != first) return;
           WRITE_ONCE(again->hint, 2);
           set(&again->refcount, 1, Site::current());
         },
         [&] {
           rcu_read_lock();
           if (is_in_second_life(shared()) && atomic_inc_not_zero(&shared()->refcount)) {
             a_ = static_cast<int>(READ_ONCE(shared()->hint));
           }
           rcu_read_unlock();
         }},
        [&] { return a_; }, FindingKind::kUseAfterFree);  // Nothing of either life: poison.
  };
  EXPECT_TRUE(recycles(&atomic_set).contains(1));
  EXPECT_FALSE(recycles(&atomic_set_release).contains(1));
}

}  // namespace
}  // namespace revenant::kernel
