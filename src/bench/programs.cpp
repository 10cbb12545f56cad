#include "bench/programs.h"

#include <array>

#include "kernel/atomic.h"
#include "kernel/bug.h"
#include "kernel/compiler.h"
#include "kernel/kmem_cache.h"
#include "kernel/rcupdate.h"

namespace revenant::bench {
namespace {

using namespace kernel;  // NOLINT(google-build-using-namespace): the language of these programs.

constexpr CpuId kCpu0{0};
constexpr CpuId kCpu1{1};

// What the CPUs saw, in words that no other CPU touches.
std::array<std::uint32_t, 4> seen;

// --- Message passing and store buffering: 2 CPUs x 2 ops. ---

int data;
int flag;

void clear_words() {
  data = flag = 0;
  seen = {};
}

void pass_message(CpuId cpu) {
  if (cpu == kCpu0) {
    WRITE_ONCE(data, 1);
    smp_store_release(&flag, 1);
  } else {
    const int ready = smp_load_acquire(&flag);
    const int value = READ_ONCE(data);
    BUG_ON(ready == 1 && value == 0);
    seen[0] = static_cast<std::uint32_t>(ready * 2 + value);
  }
}

void buffer_stores(CpuId cpu) {
  int& mine = cpu == kCpu0 ? data : flag;
  const int& other = cpu == kCpu0 ? flag : data;
  WRITE_ONCE(mine, 1);
  seen[index_of(cpu)] = static_cast<std::uint32_t>(READ_ONCE(other));
}

std::uint32_t seen_first() { return seen[0]; }
std::uint32_t seen_both() { return seen[0] * 2 + seen[1]; }

// --- A reference count: CPU 0 drops the first reference, two others try to take one. ---

atomic_t references;
bool is_alive;

void set_up_references() {
  references = ATOMIC_INIT(1);
  is_alive = true;
  seen = {};
}

void drop_reference() {
  if (atomic_dec_and_test(&references)) WRITE_ONCE(is_alive, false);
}

void count_references(CpuId cpu) {
  if (cpu == kCpu0) return drop_reference();
  if (!atomic_inc_not_zero(&references)) return;
  BUG_ON(!READ_ONCE(is_alive));
  seen[index_of(cpu)] = 1;
  drop_reference();
}

std::uint32_t who_took_references() { return seen[1] * 2 + seen[2]; }

// --- Reuse of a type-stable slot, out of a pool of one: look up key 1; remove it; add key 2. ---

struct Slot {
  atomic_t references;
  int key;
};

Slot only_slot;
Slot* published;
Slot* unused;

void set_up_slot() {
  only_slot = {.references = ATOMIC_INIT(1), .key = 1};
  published = &only_slot;
  unused = nullptr;
  seen = {};
}

void put_slot(Slot* slot) {
  if (atomic_dec_and_test(&slot->references)) WRITE_ONCE(unused, slot);
}

// What a look-up of key 1 came to: nothing there, gone, another, or found.
std::uint32_t look_up(Slot* slot, void (*put)(Slot*)) {
  if (slot == nullptr) return 0;
  if (!atomic_inc_not_zero(&slot->references)) return 1;
  // The slot may have been recycled before it was pinned.
  if (READ_ONCE(slot->key) != 1) {
    put(slot);
    return 2;
  }
  BUG_ON(READ_ONCE(slot->key) != 1);
  put(slot);
  return 3;
}

void reuse_slot(CpuId cpu) {
  if (cpu == kCpu0) {
    seen[0] = look_up(READ_ONCE(published), &put_slot);
  } else if (cpu == kCpu1) {
    Slot* const removed = xchg(&published, nullptr);
    if (removed != nullptr) put_slot(removed);
  } else {
    Slot* const slot = xchg(&unused, nullptr);
    if (slot == nullptr) return;
    WRITE_ONCE(slot->key, 2);
    atomic_set_release(&slot->references, 1);
    smp_store_release(&published, slot);
    seen[2] = 1;
  }
}

std::uint32_t what_lookup_came_to() { return seen[2] * 4 + seen[0]; }

// --- The same with objects of a kmem_cache, under RCU: look up; add and remove; add. ---

kmem_cache* cache;

void construct_slot(void* object) {
  *static_cast<Slot*>(object) = {.references = ATOMIC_INIT(0), .key = 0};
}

void set_up_cache() {
  static constexpr std::array<sim::Field, 2> kFields{{
      {.name = "references", .offset_bytes = offsetof(Slot, references), .size_bytes = 4},
      {.name = "key", .offset_bytes = offsetof(Slot, key), .size_bytes = 4},
  }};
  static constexpr std::array<std::string_view, 1> kReadable{"key"};
  cache = kmem_cache_create(
      "slot", sizeof(Slot),
      {.ctor = &construct_slot, .fields = kFields, .refcount = "references", .readable = kReadable},
      SLAB_TYPESAFE_BY_RCU);
  published = nullptr;
  seen = {};
}

void put_object(Slot* slot) {
  if (!atomic_dec_and_test(&slot->references)) return;
  WRITE_ONCE(slot->key, 0);
  kmem_cache_free(cache, slot);
}

void publish(Slot* slot) {
  Slot* const before = xchg(&published, slot);
  if (before != nullptr) put_object(before);
}

void add_object(int key) {
  auto* const slot = static_cast<Slot*>(kmem_cache_alloc(cache, GFP_KERNEL));
  WRITE_ONCE(slot->key, key);
  atomic_set_release(&slot->references, 1);
  publish(slot);
}

void reuse_object(CpuId cpu) {
  if (cpu == kCpu0) {
    rcu_read_lock();
    seen[0] = look_up(rcu_dereference(published), &put_object);
    rcu_read_unlock();
  } else if (cpu == kCpu1) {
    add_object(1);
    publish(nullptr);
  } else {
    add_object(2);
  }
}

// --- A ticket lock that three CPUs take once. ---

atomic_t next_ticket;
int now_serving;
std::uint32_t order;
bool is_inside;

void set_up_tickets() {
  next_ticket = ATOMIC_INIT(0);
  now_serving = 0;
  order = 0;
  is_inside = false;
}

void take_ticket(CpuId cpu) {
  const int ticket = atomic_inc_return_relaxed(&next_ticket) - 1;
  while (smp_load_acquire(&now_serving) != ticket) {
  }
  BUG_ON(READ_ONCE(is_inside));
  WRITE_ONCE(is_inside, true);
  order = order * 3 + index_of(cpu);
  WRITE_ONCE(is_inside, false);
  smp_store_release(&now_serving, ticket + 1);
}

std::uint32_t order_of_service() { return order; }

constexpr std::uint32_t bits(std::initializer_list<std::uint32_t> outcomes) {
  std::uint32_t mask = 0;
  for (const std::uint32_t outcome : outcomes) mask |= 1U << outcome;
  return mask;
}

constexpr std::array<BenchProgram, 6> kPrograms{{
    {.name = "message_passing",
     .summary = "2 CPUs x 2 ops",
     .cpu_count = 2,
     .set_up = &clear_words,
     .run = &pass_message,
     .outcome = &seen_first,
     .outcomes = bits({0, 1, 3})},
    {.name = "store_buffering",
     .summary = "2 CPUs x 2 ops",
     .cpu_count = 2,
     .set_up = &clear_words,
     .run = &buffer_stores,
     .outcome = &seen_both,
     .outcomes = bits({1, 2, 3})},
    {.name = "reference_count",
     .summary = "3 CPUs, one drops the first reference, two try to take one",
     .cpu_count = 3,
     .set_up = &set_up_references,
     .run = &count_references,
     .outcome = &who_took_references,
     .outcomes = bits({0, 1, 2, 3})},
    {.name = "slot_reuse",
     .summary = "3 CPUs: look up, remove, add, in a type-stable pool of one",
     .cpu_count = 3,
     .set_up = &set_up_slot,
     .run = &reuse_slot,
     .outcome = &what_lookup_came_to,
     .outcomes = bits({0, 1, 3, 4, 5, 6, 7})},
    {.name = "slab_reuse",
     .summary = "3 CPUs: look up, add and remove, add, with a kmem_cache under RCU",
     .cpu_count = 3,
     .set_up = &set_up_cache,
     .run = &reuse_object,
     .outcome = &seen_first,
     .outcomes = bits({0, 1, 2, 3})},
    {.name = "ticket_lock",
     .summary = "3 CPUs take it once",
     .cpu_count = 3,
     .set_up = &set_up_tickets,
     .run = &take_ticket,
     .outcome = &order_of_service,
     .outcomes = bits({5, 7, 11, 15, 19, 21})},
}};

}  // namespace

std::span<const BenchProgram> bench_programs() { return kPrograms; }

}  // namespace revenant::bench
