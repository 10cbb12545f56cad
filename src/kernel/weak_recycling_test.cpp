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

TEST_F(WeakMemoryTest, AnIntThatIsNotSeenSetUpIsFoundToo) {
  struct numbered {
    int number;
  };
  numbered* published = nullptr;
  kmem_cache* cache = nullptr;
  int found_poison = 0;
  outcomes(
      [&] {
        published = nullptr;
        cache = kmem_cache_create("numbered", sizeof(numbered), {}, 0);
      },
      {[&] {
         auto* const object = static_cast<numbered*>(kmem_cache_alloc(cache, GFP_ATOMIC));
         WRITE_ONCE(object->number, 5);
         WRITE_ONCE(published, object);
       },
       [&] {
         const numbered* const found = READ_ONCE(published);
         if (found == nullptr) return;
         ++found_poison;
         EXPECT_EQ(READ_ONCE(found->number), 5);
         --found_poison;
       }},
      [] { return 0; }, FindingKind::kUseAfterFree);
  EXPECT_GT(found_poison, 0);
}

// Of a page's two objects the one is freed by who unlinked it, the other by somebody else.
TEST_F(WeakMemoryTest, APageGoesBackAfterTheReadersOfAllItsObjects) {
  thing* published = nullptr;
  std::atomic<bool> is_freed = false;
  outcomes(
      [&] {
        published = nullptr;
        is_freed = false;
      },
      {[&] {
         thing* const object = alloc();
         rcu_assign_pointer(published, object);
         step();
         WRITE_ONCE(published, nullptr);
         free(object);
         is_freed = true;
       },
       [&] {
         thing* const other = alloc();
         while (!is_freed) step();
         free(other);
       },
       [&] {
         for (int i = 0; i < 4; ++i) {
           rcu_read_lock();
           thing* const found = rcu_dereference(published);
           if (found != nullptr) atomic_inc_not_zero(&found->refcount);
           rcu_read_unlock();
         }
       }},
      [] { return 0; });
}

// More pointers than dependencies there is room for.
TEST_F(WeakMemoryTest, AFailedCmpxchgOrdersWhatDependsOnItHoweverManyPointersThereAre) {
  constexpr std::size_t kMany = 70;
  std::array<thing*, kMany> many{};
  thing* published = nullptr;
  std::atomic<bool> is_ready = false;
  outcomes(
      [&] {
        many.fill(nullptr);
        published = nullptr;
        is_ready = false;
      },
      {[&] {
         for (thing*& one : many) one = alloc();
         thing* const object = alloc();
         is_ready = true;
         WRITE_ONCE(object->hint, 5L);
         smp_store_release(&published, object);
       },
       [&] {
         while (!is_ready) step();
         for (thing* const& one : many) READ_ONCE(one);
         thing* const none = alloc();
         thing* const found = cmpxchg(&published, none, none);
         if (found != nullptr) READ_ONCE(found->hint);
       }},
      [] { return 0; });
}

}  // namespace
}  // namespace revenant::kernel
