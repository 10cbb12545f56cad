// A fresh world for each run, and the table entry of the subject.
#include "subjects/subject.h"

#include "kernel/engine.h"
#include "subjects/anon_vma/anon_vma.h"
#include "subjects/anon_vma/ops.h"
#include "subjects/anon_vma/oracle.h"
#include "subjects/anon_vma/variants.h"
#include "subjects/tables.h"

namespace revenant {
namespace anon_vma_subject {

World world;

namespace {

constexpr sim::Field kAnonVmaFields[] = {
    REVENANT_FIELD(anon_vma, lock),           REVENANT_FIELD(anon_vma, spin),
    REVENANT_FIELD(anon_vma, rwsem),          REVENANT_FIELD(anon_vma, chain),
    REVENANT_FIELD(anon_vma, refcount),       REVENANT_FIELD(anon_vma, root),
    REVENANT_FIELD(anon_vma, parent),         REVENANT_FIELD(anon_vma, num_children),
    REVENANT_FIELD(anon_vma, num_active_vmas)};
constexpr std::string_view kReadable[] = {"root"};

constexpr sim::Field kChainFields[] = {
    REVENANT_FIELD(anon_vma_chain, vma), REVENANT_FIELD(anon_vma_chain, anon_vma),
    REVENANT_FIELD(anon_vma_chain, same_vma), REVENANT_FIELD(anon_vma_chain, same_anon_vma)};

constexpr sim::Field kPageFields[] = {
    REVENANT_FIELD(page, mapping),  REVENANT_FIELD(page, mapcount),
    REVENANT_FIELD(page, refcount), REVENANT_FIELD(page, buddy),
    REVENANT_FIELD(page, lock),     REVENANT_FIELD(page, anon_exclusive)};

constexpr sim::Field kMmFields[] = {
    REVENANT_FIELD(mm_struct, mmap_lock), REVENANT_FIELD(mm_struct, vmas),
    REVENANT_FIELD(mm_struct, ptes[0]), REVENANT_FIELD(mm_struct, ptes[1]),
    REVENANT_FIELD(mm_struct, ptes[2])};
static_assert(kPages == 3);

// The constructor: what must hold of every free anon_vma.
void anon_vma_ctor(void* object) {
  auto* const fresh = static_cast<anon_vma*>(object);
  kernel::mutex_init(&fresh->lock);
  kernel::spin_lock_init(&fresh->spin);
  kernel::init_rwsem(&fresh->rwsem);
  fresh->chain = nullptr;
  fresh->refcount = kernel::ATOMIC_INIT(0);
}

void name_world(sim::MemoryMap& memory) {
  for (unsigned i = 0; i < kPages; ++i) {
    memory.add({.begin = reinterpret_cast<std::uintptr_t>(&world.pages[i]),
                .size_bytes = sizeof(page),
                .name = "page",
                .number = i,
                .fields = kPageFields});
  }
  for (unsigned i = 0; i < kMms; ++i) {
    memory.add({.begin = reinterpret_cast<std::uintptr_t>(&world.mms[i]),
                .size_bytes = sizeof(mm_struct),
                .name = "mm",
                .number = i,
                .fields = kMmFields});
  }
}

void set_up(const Variant& variant) {
  world = World{};
  world.rules = *static_cast<const Rules*>(variant.rules);
  world.anon_vma_cachep = kernel::kmem_cache_create("anon_vma", sizeof(anon_vma),
                                                    {.ctor = &anon_vma_ctor,
                                                     .fields = kAnonVmaFields,
                                                     .refcount = "refcount",
                                                     .readable = kReadable},
                                                    kernel::SLAB_TYPESAFE_BY_RCU);
  world.anon_vma_chain_cachep = kernel::kmem_cache_create("anon_vma_chain", sizeof(anon_vma_chain),
                                                          {.fields = kChainFields}, 0);
  oracle::begin_run_of_identity();
  oracle::begin_run_of_walks();
  for (page& page : world.pages) page.buddy = kernel::ATOMIC_INIT(1);
  for (mm_struct& mm : world.mms) {
    for (vm_area_struct& vma : mm.vmas) vma.vm_mm = &mm;
  }
  name_world(kernel::running().memory());
}

void tear_down() {
  for (mm_struct& mm : world.mms) exit_mm(&mm);
}

}  // namespace
}  // namespace anon_vma_subject

// extern: found by the table of subjects.
extern const Subject subject_anon_vma;
const Subject subject_anon_vma{
    .name = "anon_vma",
    .summary =
        "anon rmap on a SLAB_TYPESAFE_BY_RCU slab: page_lock_anon_vma() from Linux 2.6.34 to today",
    .ops = anon_vma_subject::kOps,
    .variants = anon_vma_subject::kVariants,
    .set_up = &anon_vma_subject::set_up,
    .outlook = &anon_vma_subject::oracle::outlook,
    .tear_down = &anon_vma_subject::tear_down,
    .after_step = &anon_vma_subject::oracle::check_mapped_pages,
};

}  // namespace revenant
