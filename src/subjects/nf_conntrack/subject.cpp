// A fresh world for each run, and the table entry of the subject.
#include "subjects/subject.h"

#include "kernel/engine.h"
#include "subjects/nf_conntrack/nf_conntrack.h"
#include "subjects/nf_conntrack/ops.h"
#include "subjects/nf_conntrack/oracle.h"
#include "subjects/nf_conntrack/variants.h"
#include "subjects/tables.h"

namespace revenant {
namespace nf_conntrack_subject {

World world;

namespace {

constexpr sim::Field kEntryFields[] = {
    REVENANT_FIELD(nf_conn, use), REVENANT_FIELD(nf_conn, key), REVENANT_FIELD(nf_conn, status),
    REVENANT_FIELD(nf_conn, timeout), REVENANT_FIELD(nf_conn, next)};
constexpr std::string_view kReadable[] = {"key", "status", "timeout", "next"};

constexpr sim::Field kBucketFields[] = {REVENANT_FIELD(bucket, lock),
                                        REVENANT_FIELD(bucket, first)};

void nf_conn_ctor(void* object) { static_cast<nf_conn*>(object)->use = kernel::ATOMIC_INIT(0); }

void set_up(const Variant& variant) {
  world = World{};
  world.rules = *static_cast<const Rules*>(variant.rules);
  world.cachep = kernel::kmem_cache_create(
      "nf_conn", sizeof(nf_conn),
      {.ctor = &nf_conn_ctor, .fields = kEntryFields, .refcount = "use", .readable = kReadable},
      kernel::SLAB_TYPESAFE_BY_RCU);
  oracle::begin_run_of_keys();
  oracle::begin_run_of_misses();
  for (unsigned i = 0; i < kBuckets; ++i) {
    world.table[i].first = end_of_chain(&world.table[i]);
    kernel::running().memory().add({.begin = reinterpret_cast<std::uintptr_t>(&world.table[i]),
                                    .size_bytes = sizeof(bucket),
                                    .name = "bucket",
                                    .number = i,
                                    .fields = kBucketFields});
  }
}

}  // namespace
}  // namespace nf_conntrack_subject

// extern: found by the table of subjects.
extern const Subject subject_nf_conntrack;
const Subject subject_nf_conntrack{
    .name = "nf_conntrack",
    .summary =
        "lookup by key in a hash table of SLAB_TYPESAFE_BY_RCU entries, as connection tracking "
        "does it",
    .ops = nf_conntrack_subject::kOps,
    .variants = nf_conntrack_subject::kVariants,
    .set_up = &nf_conntrack_subject::set_up,
    .tear_down = &nf_conntrack_subject::nf_conntrack_cleanup,
};

}  // namespace revenant
