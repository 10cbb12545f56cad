// The variants of anon_vma, and a fresh world for each run.
#include "subjects/subject.h"

#include <cstddef>

#include "sim/machine.h"
#include "subjects/anon_vma/anon_vma.h"
#include "subjects/anon_vma/ops.h"
#include "subjects/anon_vma/oracle.h"

namespace revenant {
namespace anon_vma_subject {

World world;

namespace {

constexpr sim::Field kAnonVmaFields[] = {
    {.name = "lock", .offset_bytes = offsetof(anon_vma, lock), .size_bytes = sizeof(mutex)},
    {.name = "refcount", .offset_bytes = offsetof(anon_vma, refcount), .size_bytes = sizeof(atomic_t)},
    {.name = "vma", .offset_bytes = offsetof(anon_vma, vma), .size_bytes = sizeof(void*)},
    {.name = "num_active_vmas",
     .offset_bytes = offsetof(anon_vma, num_active_vmas),
     .size_bytes = sizeof(long)},
};

constexpr sim::Field kPageFields[] = {
    {.name = "mapping", .offset_bytes = offsetof(page, mapping), .size_bytes = sizeof(void*)},
    {.name = "mapcount", .offset_bytes = offsetof(page, mapcount), .size_bytes = sizeof(atomic_t)},
    {.name = "refcount", .offset_bytes = offsetof(page, refcount), .size_bytes = sizeof(atomic_t)},
    {.name = "buddy", .offset_bytes = offsetof(page, buddy), .size_bytes = sizeof(atomic_t)},
};

constexpr sim::Field kVmaFields[] = {
    {.name = "anon_vma", .offset_bytes = offsetof(vm_area_struct, owner), .size_bytes = sizeof(void*)},
    {.name = "pte", .offset_bytes = offsetof(vm_area_struct, pte), .size_bytes = sizeof(long)},
};

// The constructor: what must hold of every free anon_vma.
void anon_vma_ctor(void* object) {
  auto* const fresh = static_cast<anon_vma*>(object);
  kernel::mutex_init(&fresh->lock);
  fresh->refcount = kernel::ATOMIC_INIT(0);
  fresh->vma = nullptr;
}

void set_up(const Variant& variant) {
  world = World{};
  world.rules = *static_cast<const Rules*>(variant.rules);
  world.anon_vma_cachep = kernel::kmem_cache_create(
      "anon_vma", sizeof(anon_vma),
      {.ctor = &anon_vma_ctor, .fields = kAnonVmaFields, .refcount = "refcount"},
      kernel::SLAB_TYPESAFE_BY_RCU);
  oracle::begin_run();
  sim::MemoryMap& memory = sim::running().memory();
  for (unsigned i = 0; i < kPages; ++i) {
    world.pages[i].buddy = kernel::ATOMIC_INIT(1);
    memory.add({.begin = reinterpret_cast<std::uintptr_t>(&world.pages[i]),
                .size_bytes = sizeof(page),
                .name = "page",
                .number = i,
                .fields = kPageFields});
    memory.add({.begin = reinterpret_cast<std::uintptr_t>(&world.vmas[i]),
                .size_bytes = sizeof(vm_area_struct),
                .name = "vma",
                .number = i,
                .fields = kVmaFields});
  }
}

void tear_down() {
  for (int i = 0; i < kPages; ++i) zap_page(&world.pages[i], &world.vmas[i]);
}

constexpr Rules kFixed{};
constexpr Rules kAsPosted{.mapped_after_trylock = false, .mapped_after_reference = false};
constexpr Rules kAsPostedRecheck{
    .mapped_after_trylock = false, .mapped_after_reference = false, .mapping_after_lock = true};

constexpr Variant kVariants[] = {
    {.name = "fixed",
     .summary = "as posted, with page_mapped() again after the trylock and after the reference, as "
                "f18194275c39 and eee0f252c653 added it",
     .expected = std::nullopt,
     .rules = &kFixed},
    {.name = "as_posted",
     .summary = "[PATCH 13/13] mm: Optimize page_lock_anon_vma, 2010-04-08, the subject of the mail",
     .expected = FindingKind::kRecycledObject,
     .rules = &kAsPosted},
    {.name = "as_posted_recheck",
     .summary = "as posted, with page_rmapping() compared after the lock (-mm, 2010-04 to 06); ABA: "
                "unmapping does not clear page->mapping",
     .expected = FindingKind::kRecycledObject,
     .rules = &kAsPostedRecheck},
};

}  // namespace
}  // namespace anon_vma_subject

// extern: found by the table of subjects.
extern const Subject subject_anon_vma;
const Subject subject_anon_vma{
    .name = "anon_vma",
    .summary = "page_lock_anon_vma() on a SLAB_TYPESAFE_BY_RCU slab, Linux 2010",
    .ops = anon_vma_subject::kOps,
    .variants = anon_vma_subject::kVariants,
    .set_up = &anon_vma_subject::set_up,
    .tear_down = &anon_vma_subject::tear_down,
};

}  // namespace revenant
