// What each primitive says in a trace.
#include "kernel/access.h"

#include "kernel/test_machine.h"

namespace revenant::kernel {
namespace {

class AccessTest : public SlabTest {
 protected:
  // What the trace says of a body, a line for each event.
  std::string traced(const std::function<void()>& body) {
    sim::Trace trace;
    begin(directed_, {.trace = &trace});
    run({body});
    std::string lines;
    for (const sim::Event& event : trace.events()) {
      lines += describe(event, machine_.memory()) + "\n";
    }
    return lines;
  }
};

TEST_F(AccessTest, MarkedAccessesSayWhatTheyReadAndWrote) {
  EXPECT_EQ(traced([&] {
              thing* const object = alloc();
              WRITE_ONCE(object->data, 7L);
              READ_ONCE(object->data);
              smp_store_release(&object->data, 8L);
              smp_load_acquire(&object->data);
              rcu_assign_pointer(object->first_child, object);
              rcu_dereference(object->first_child);
            }),
            "kmem_cache_alloc(thing0#1)\n"
            "WRITE_ONCE(thing0#1.data, 7)\n"
            "READ_ONCE(thing0#1.data) = 7\n"
            "smp_store_release(thing0#1.data, 8)\n"
            "smp_load_acquire(thing0#1.data) = 8\n"
            "rcu_assign_pointer(thing0#1.first_child, thing0#1)\n"
            "rcu_dereference(thing0#1.first_child) = thing0#1\n");
}

TEST_F(AccessTest, AtomicsSayOldAndNewAndWhetherTheyStored) {
  EXPECT_EQ(traced([&] {
              thing* const object = alloc();
              atomic_inc_not_zero(&object->refcount);
              atomic_set(&object->refcount, 1);
              atomic_inc(&object->refcount);
              atomic_add(2, &object->refcount);
              atomic_inc_return(&object->refcount);
              atomic_cmpxchg(&object->refcount, 5, 2);
              atomic_cmpxchg(&object->refcount, 5, 3);
              atomic_dec(&object->refcount);
              atomic_dec_and_test(&object->refcount);
              atomic_read(&object->refcount);
            }),
            "kmem_cache_alloc(thing0#1)\n"
            "atomic_inc_not_zero(thing0#1.refcount) 0 -> 0 = false\n"
            "atomic_set(thing0#1.refcount, 1)\n"
            "atomic_inc(thing0#1.refcount) 1 -> 2\n"
            "atomic_add(thing0#1.refcount) 2 -> 4\n"
            "atomic_inc_return(thing0#1.refcount) 4 -> 5\n"
            "atomic_cmpxchg(thing0#1.refcount) 5 -> 2 = true\n"
            "atomic_cmpxchg(thing0#1.refcount) 2 -> 2 = false\n"
            "atomic_dec(thing0#1.refcount) 2 -> 1\n"
            "atomic_dec_and_test(thing0#1.refcount) 1 -> 0 = true\n"
            "atomic_read(thing0#1.refcount) = 0\n");
}

TEST_F(AccessTest, LocksAndSectionsAreToldInTheirOrder) {
  EXPECT_EQ(traced([&] {
              thing* const object = alloc();
              mutex_lock(&object->lock);
              mutex_trylock(&object->lock);
              mutex_is_locked(&object->lock);
              mutex_unlock(&object->lock);
              rcu_read_lock();
              rcu_read_unlock();
              synchronize_rcu();
              smp_mb();
              smp_rmb();
              smp_wmb();
            }),
            "kmem_cache_alloc(thing0#1)\n"
            "mutex_lock(thing0#1.lock)\n"
            "mutex_trylock(thing0#1.lock) = false\n"
            "mutex_is_locked(thing0#1.lock) = true\n"
            "mutex_unlock(thing0#1.lock)\n"
            "rcu_read_lock()\n"
            "rcu_read_unlock()\n"
            "synchronize_rcu begins\n"
            "synchronize_rcu ends\n"
            "smp_mb()\n"
            "smp_rmb()\n"
            "smp_wmb()\n");
}

TEST_F(AccessTest, AStaleUseTellsWhichLifeItMeets) {
  EXPECT_EQ(traced([&] {
              rcu_read_lock();
              thing* const object = alloc();
              free(object);
              atomic_read(&object->refcount);
              alloc();
              atomic_read(&object->refcount);
              rcu_read_unlock();
            }),
            "rcu_read_lock()\n"
            "kmem_cache_alloc(thing0#1)\n"
            "kmem_cache_free(thing0#1)\n"
            "atomic_read(thing0#1:freed.refcount) = 0\n"
            "kmem_cache_alloc(thing0#2)\n"
            "atomic_read(thing0#2.refcount) = 0\n"
            "rcu_read_unlock()\n");
}

TEST_F(AccessTest, ASubjectMayAddALineOfItsOwn) {
  EXPECT_EQ(traced([] { note("found it"); }), "found it\n");
}

TEST_F(AccessTest, NothingIsRecordedWhenNobodyAskedForATrace) {
  run({[&] {
    EXPECT_FALSE(machine_.tracing());
    alloc();
    note("unheard");
  }});
}

}  // namespace
}  // namespace revenant::kernel
