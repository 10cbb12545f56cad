// Rule C5: who something is, is decided after the pin. Raises recycled-object or use-after-free
// when a lookup returns an entry that has another key in its present life, and bug-on when it has
// not been in the table in that life. Rule C13, holders: who was told that it is pinned relies on
// it.
#include <array>

#include "kernel/engine.h"
#include "subjects/nf_conntrack/oracle.h"

namespace revenant::nf_conntrack_subject::oracle {
namespace {

using kernel::slab;

struct Life {
  kernel::Incarnation incarnation = 0;
  unsigned key = 0;
  bool was_in_table = false;
};

struct Lives {
  std::array<Life, kernel::kSlabObjects> by_object{};    // By object, the last that has a key.
  std::array<kernel::Incarnation, kKeys> last_by_key{};  // By key, that had it.
};
Lives lives;

Life& life_of(const nf_conn* entry) {
  return lives.by_object[kernel::SlabState::object_number(reinterpret_cast<std::uintptr_t>(entry))];
}

}  // namespace

void begin_run_of_keys() { lives = Lives{}; }

void has_key(const nf_conn* entry, unsigned key) {
  const kernel::Exclusive exclusive;
  const kernel::Incarnation incarnation = slab().incarnation_of(entry);
  life_of(entry) = {.incarnation = incarnation, .key = key};
  lives.last_by_key.at(key) = incarnation;
}

void was_in_table(const nf_conn* entry) {
  const kernel::Exclusive exclusive;
  life_of(entry).was_in_table = true;
}

void pinned(unsigned key, const nf_conn* entry, Site site) {
  const kernel::Exclusive exclusive;
  const Life& life = life_of(entry);
  const bool has_it =
      life.incarnation != 0 && life.incarnation == slab().incarnation_of(entry) && life.key == key;
  if (!has_it) slab().judge_identity(entry, lives.last_by_key.at(key), site);
  if (!life.was_in_table) {
    kernel::running().raise(
        FindingKind::kBugOn, site,
        "finds what has not been in the table: " + slab().object_and_history(entry),
        reinterpret_cast<std::uintptr_t>(entry));
  }
  slab().hold(entry);
}

void released(const nf_conn* entry) { slab().unhold(entry); }

}  // namespace revenant::nf_conntrack_subject::oracle
