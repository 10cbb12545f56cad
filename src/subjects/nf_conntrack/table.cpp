// The writers' side: setting entries up, __nf_conntrack_confirm() and nf_ct_delete() of the Linux
// kernel.
#include "kernel/bug.h"
#include "kernel/rcupdate.h"
#include "subjects/nf_conntrack/nf_conntrack.h"
#include "subjects/nf_conntrack/oracle.h"

namespace revenant::nf_conntrack_subject {

using namespace kernel;

namespace {

constexpr unsigned long kEndTag = 1;
constexpr unsigned long kLifetime = 1;

// True if the bit was clear.
bool claim(nf_conn* entry, unsigned long bit) {
  unsigned long old = READ_ONCE(entry->status);
  for (;;) {
    if ((old & bit) != 0) return false;
    const unsigned long seen = cmpxchg(&entry->status, old, old | bit);
    if (seen == old) return true;
    old = seen;
  }
}

// The entry of the key, and what leads to it. Requires the bucket's lock.
nf_conn* in_chain(bucket* chain, unsigned key, nf_conn*** link) {
  *link = &chain->first;
  for (nf_conn* entry = READ_ONCE(chain->first); !is_end(entry); entry = READ_ONCE(**link)) {
    if (READ_ONCE(entry->key) == key) return entry;
    *link = &entry->next;
  }
  return nullptr;
}

void unlink(bucket* chain, nf_conn* entry) {
  nf_conn** link = &chain->first;
  for (nf_conn* at = READ_ONCE(*link); at != entry; at = READ_ONCE(*link)) {
    BUG_ON(is_end(at));  // It was on no list: the kernel would write through what its links were.
    link = &at->next;
  }
  oracle::leaves_table(READ_ONCE(entry->key));
  WRITE_ONCE(*link, READ_ONCE(entry->next));
}

nf_conn* set_up(unsigned key) {
  auto* const fresh = static_cast<nf_conn*>(kmem_cache_alloc(world.cachep, GFP_ATOMIC));
  if (!world.rules.key_before_count) atomic_set(&fresh->use, 1);
  if (!world.rules.keeps_chain_on_reuse) WRITE_ONCE(fresh->next, end_of_chain(bucket_of(0)));
  oracle::has_key(fresh, key);
  WRITE_ONCE(fresh->key, key);
  WRITE_ONCE(fresh->timeout, 0);
  WRITE_ONCE(fresh->status, world.rules.confirmed_last ? 0 : IPS_CONFIRMED);
  if (!world.rules.key_before_count) return fresh;
  // No lock: from here on a stale reader that finds this object can take a reference.
  if (world.rules.count_publishes) {
    atomic_set_release(&fresh->use, 1);
  } else {
    atomic_set(&fresh->use, 1);
  }
  return fresh;
}

}  // namespace

nf_conn* end_of_chain(const bucket* of) {
  return reinterpret_cast<nf_conn*>(static_cast<unsigned long>(of - world.table) << 1 | kEndTag);
}

bool is_end(const nf_conn* entry) {
  return (reinterpret_cast<unsigned long>(entry) & kEndTag) != 0;
}

void nf_conntrack_create(unsigned key) {
  nf_conn* const fresh = set_up(key);
  bucket* const chain = bucket_of(key);
  if (world.rules.locks_to_insert) spin_lock(&chain->lock);
  nf_conn** link = nullptr;
  const bool is_new = in_chain(chain, key, &link) == nullptr;
  if (is_new) {
    WRITE_ONCE(fresh->timeout, kLifetime);
    WRITE_ONCE(fresh->next, READ_ONCE(chain->first));
    if (world.rules.chain_publishes) {
      rcu_assign_pointer(chain->first, fresh);
    } else {
      WRITE_ONCE(chain->first, fresh);
    }
    oracle::was_in_table(fresh);
    oracle::is_in_table(key);
    if (world.rules.confirmed_last) smp_store_release(&fresh->status, IPS_CONFIRMED);
  }
  if (world.rules.locks_to_insert) spin_unlock(&chain->lock);
  if (!is_new) nf_ct_put(fresh);
}

void nf_conntrack_expire(unsigned key) {
  bucket* const chain = bucket_of(key);
  spin_lock(&chain->lock);
  nf_conn** link = nullptr;
  nf_conn* const entry = in_chain(chain, key, &link);
  if (entry != nullptr) {
    oracle::leaves_table(key);  // From now on any lookup may take it out.
    WRITE_ONCE(entry->timeout, 0);
  }
  spin_unlock(&chain->lock);
}

void nf_conntrack_remove(unsigned key) {
  bucket* const chain = bucket_of(key);
  spin_lock(&chain->lock);
  nf_conn** link = nullptr;
  nf_conn* const entry = in_chain(chain, key, &link);
  const bool is_mine = entry != nullptr && (!world.rules.claims_entry || claim(entry, IPS_DYING));
  if (is_mine) unlink(chain, entry);
  spin_unlock(&chain->lock);
  if (is_mine) nf_ct_put(entry);
}

void nf_ct_delete(nf_conn* entry) {
  if (world.rules.claims_entry && !claim(entry, IPS_DYING)) return;
  bucket* const chain = bucket_of(READ_ONCE(entry->key));
  spin_lock(&chain->lock);
  unlink(chain, entry);
  spin_unlock(&chain->lock);
  nf_ct_put(entry);
}

void nf_conntrack_cleanup() {
  for (unsigned key = 0; key < kKeys; ++key) nf_conntrack_remove(key);
}

}  // namespace revenant::nf_conntrack_subject
