// Connection tracking's hash table of type-stable entries: lookup by key without a lock, on entries
// that may be freed and be another connection at any moment.
//
// After net/netfilter/nf_conntrack_core.c of the Linux kernel and
// Documentation/RCU/rculist_nulls.rst:
//   find    walks a chain in a read-side section, takes a reference unless it is zero, and then
//           looks at key and CONFIRMED again; a chain that ends in another bucket's number is
//           walked again
//   create  sets an entry up, then publishes it by its count, its chain, and CONFIRMED, in turn
//   remove  who sets DYING unlinks the entry, under the bucket's lock, and drops the table's
//   reference
// The rest of connection tracking is left out. The count of an entry in the table is 1, its own.
#pragma once

#include "kernel/atomic.h"
#include "kernel/slab.h"
#include "kernel/spinlock.h"
#include "subjects/nf_conntrack/rules.h"

namespace revenant::nf_conntrack_subject {

inline constexpr unsigned kKeys = 3;
inline constexpr unsigned kBuckets = 2;

// Bits of nf_conn::status.
inline constexpr unsigned long IPS_CONFIRMED = 1;
inline constexpr unsigned long IPS_DYING = 2;

// A stale reader may read every field. The constructor sets the count to 0.
struct nf_conn {
  kernel::atomic_t use;
  unsigned key;
  unsigned long status;
  // Before the entry is in the table, how long it will live, which looks like long ago; then when.
  unsigned long timeout;
  nf_conn* next;  // Or the number of the bucket, tagged.
};

// A stretch of the table with a lock of its own.
struct bucket {
  kernel::spinlock_t lock;
  nf_conn* first;
};

struct World {
  Rules rules{};
  kernel::kmem_cache* cachep = nullptr;
  bucket table[kBuckets]{};
};
extern World world;

inline bucket* bucket_of(unsigned key) { return &world.table[key % kBuckets]; }
nf_conn* end_of_chain(const bucket* of);
bool is_end(const nf_conn* entry);

// --- Lookup: lookup.cpp ---

// A reference to the entry of the key, which nf_ct_put() drops; nullptr if there is none.
nf_conn* nf_conntrack_find_get(unsigned key);
void nf_ct_put(nf_conn* entry);

// --- The table: table.cpp ---

// Puts an entry of the key into the table, unless there is one.
void nf_conntrack_create(unsigned key);
// The entry of the key has outlived its time from now on.
void nf_conntrack_expire(unsigned key);
// Takes the entry of the key out of the table.
void nf_conntrack_remove(unsigned key);
// Takes out an entry that the caller has a reference to, unless somebody else does.
void nf_ct_delete(nf_conn* entry);
void nf_conntrack_cleanup();

}  // namespace revenant::nf_conntrack_subject
