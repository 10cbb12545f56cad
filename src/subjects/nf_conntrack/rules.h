// The safety elements of the lookup that some version of it lacked. A variant is one value of this
// struct; the code asks for an element at the place where it matters. The default has them all.
#pragma once

namespace revenant::nf_conntrack_subject {

struct Rules {
  // --- Lookup ---
  bool has_section = true;          // So that what it walks over stays memory of its type.
  bool rechecks_key = true;         // After the pin: before it, the key may be of another life.
  bool rechecks_confirmed = true;   // And it may have the same key, and not be in the table yet.
  bool increments_not_zero = true;  // What has no reference left is being freed.
  bool increments_ordered = true;   // What is read of the entry comes after the pin.
  // A chain ends in the number of its bucket, by which a walk that was led into another knows it.
  bool checks_chain = true;

  // --- Setting up ---
  bool key_before_count = true;      // Who pins a recycled entry finds its new key:
  bool count_publishes = true;       // the store of the count orders what was stored before.
  bool chain_publishes = true;       // Who finds an entry in its first life finds it set up.
  bool locks_to_insert = true;       // Two at the head of a chain would lose one of them.
  bool confirmed_last = true;        // An entry is confirmed once it is in its chain, not before.
  bool keeps_chain_on_reuse = true;  // A walk may stand on what is set up anew.

  // --- Taking out ---
  bool looks_under_pin = true;  // Whether an entry is to go is decided once it is pinned.
  bool claims_entry = true;     // Who sets DYING takes it out, and nobody else.
};

}  // namespace revenant::nf_conntrack_subject
