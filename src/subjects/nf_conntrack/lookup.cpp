// The readers' side: ____nf_conntrack_find(), nf_conntrack_find_get() and nf_ct_gc_expired() of the
// Linux kernel.
#include "kernel/rcupdate.h"
#include "subjects/nf_conntrack/nf_conntrack.h"
#include "subjects/nf_conntrack/oracle.h"

namespace revenant::nf_conntrack_subject {

using namespace kernel;

namespace {

bool pin(nf_conn* entry) {
  if (!world.rules.increments_ordered) return atomic_inc_not_zero_relaxed(&entry->use);
  if (world.rules.increments_not_zero) return atomic_inc_not_zero_acquire(&entry->use);
  atomic_inc(&entry->use);
  return true;
}

// Whether what was pinned is what was looked for.
bool is_right(const nf_conn* entry, unsigned key) {
  if (world.rules.rechecks_key && READ_ONCE(entry->key) != key) return false;
  return !world.rules.rechecks_confirmed || (READ_ONCE(entry->status) & IPS_CONFIRMED) != 0;
}

bool is_expired(const nf_conn* entry) { return READ_ONCE(entry->timeout) == 0; }

// CONFIRMED before the time: until an entry is in the table its time means nothing.
bool should_go(const nf_conn* entry) {
  const unsigned long status = smp_load_acquire(&entry->status);
  return (status & IPS_CONFIRMED) != 0 && (status & IPS_DYING) == 0 && is_expired(entry);
}

// Whoever walks past an expired entry takes it out. It may be in another life by now.
void gc_expired(nf_conn* entry) {
  const bool goes_already = !world.rules.looks_under_pin && should_go(entry);
  if (!pin(entry)) return;
  if (goes_already || (world.rules.looks_under_pin && should_go(entry))) nf_ct_delete(entry);
  nf_ct_put(entry);
}

// May return an entry in whichever life. In the caller's read-side section.
nf_conn* find(unsigned key) {
  const bucket* const chain = bucket_of(key);
again:
  nf_conn* entry = rcu_dereference(chain->first);
  oracle::lookup_begins(key);
  while (!is_end(entry)) {
    if (is_expired(entry)) {
      gc_expired(entry);
    } else if (READ_ONCE(entry->key) == key) {
      return entry;
    }
    entry = rcu_dereference(entry->next);
  }
  if (world.rules.checks_chain && entry != end_of_chain(chain)) goto again;
  return nullptr;
}

}  // namespace

nf_conn* nf_conntrack_find_get(unsigned key) {
  if (world.rules.has_section) rcu_read_lock();
  nf_conn* found = find(key);
  if (found == nullptr) oracle::lookup_finds_nothing(key);
  if (found != nullptr && !pin(found)) found = nullptr;
  if (found != nullptr && !is_right(found, key)) {
    nf_ct_put(found);
    found = nullptr;
  }
  if (world.rules.has_section) rcu_read_unlock();
  return found;
}

void nf_ct_put(nf_conn* entry) {
  if (atomic_dec_and_test(&entry->use)) kmem_cache_free(world.cachep, entry);
}

}  // namespace revenant::nf_conntrack_subject
