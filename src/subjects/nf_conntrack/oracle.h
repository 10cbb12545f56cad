// The judge of nf_conntrack: knows which key each life of an entry has, and which keys are in the
// table. Ghost state, as that of anon_vma: the code under test tells it what it did and learns
// nothing from it. Nothing here yields.
#pragma once

#include "kernel/slab_state.h"
#include "subjects/nf_conntrack/nf_conntrack.h"

namespace revenant::nf_conntrack_subject::oracle {

// Forget the run before.
void begin_run_of_keys();
void begin_run_of_misses();

// The entry is about to have this key, in its present life; it is in the table now.
void has_key(const nf_conn* entry, unsigned key);
void was_in_table(const nf_conn* entry);

// Rule C5, identity: a lookup of the key returned the entry, which must have that key in its
// present life: otherwise recycled-object, or use-after-free. And it must have been in the table in
// that life: otherwise bug-on. From now until released() freeing it is free-while-locked (rule
// C13).
void pinned(unsigned key, const nf_conn* entry, Site site = Site::current());
void released(const nf_conn* entry);

// Rule of rculist_nulls: a lookup finds what is in the table from its beginning to its end. Raises
// bug-on. What is about to leave the table, or may be taken out by any lookup from now on, has
// left. A lookup begins with the load of its chain's first entry, and anew when it starts again: in
// the step of that load, which is ordered with the steps that put entries in.
void is_in_table(unsigned key);
void leaves_table(unsigned key);
void lookup_begins(unsigned key);
void lookup_finds_nothing(unsigned key, Site site = Site::current());

}  // namespace revenant::nf_conntrack_subject::oracle
