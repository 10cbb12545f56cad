#include <array>

#include "kernel/engine.h"
#include "kernel/weak_memory.h"
#include "subjects/nf_conntrack/oracle.h"

namespace revenant::nf_conntrack_subject::oracle {
namespace {

using kernel::slab;

struct Life {
  kernel::Incarnation incarnation = 0;
  unsigned key = 0;
  bool was_in_table = false;
};

struct Key {
  kernel::Incarnation last_life = 0;  // That had it.
  bool is_in_table = false;
  std::uint32_t changes = 0;
};

struct Ghost {
  std::array<Life, kernel::kSlabObjects> lives{};  // By object, the last that has a key.
  std::array<Key, kKeys> keys{};
  // The changes of the key that a CPU looks up, if it was in the table when it began.
  std::array<std::uint32_t, sim::kMaxCpus> changes_at_begin{};
  std::array<bool, sim::kMaxCpus> was_in_table{};
};
Ghost ghost;

Life& life_of(const nf_conn* entry) {
  return ghost.lives[kernel::SlabState::object_number(reinterpret_cast<std::uintptr_t>(entry))];
}

std::size_t my_index() { return index_of(kernel::running().cpu()); }

bool sees_at_once() { return !kernel::Engine::is_native() && kernel::weak_memory() == nullptr; }

}  // namespace

void begin_run() { ghost = Ghost{}; }

void has_key(const nf_conn* entry, unsigned key) {
  const kernel::Exclusive exclusive;
  const kernel::Incarnation incarnation = slab().incarnation_of(entry);
  life_of(entry) = {.incarnation = incarnation, .key = key};
  ghost.keys.at(key).last_life = incarnation;
}

void pinned(unsigned key, const nf_conn* entry, Site site) {
  const kernel::Exclusive exclusive;
  const Life& life = life_of(entry);
  const bool has_it =
      life.incarnation != 0 && life.incarnation == slab().incarnation_of(entry) && life.key == key;
  if (!has_it) slab().judge_identity(entry, ghost.keys.at(key).last_life, site);
  if (!life.was_in_table) {
    kernel::running().raise(
        FindingKind::kBugOn, site,
        "finds what has not been in the table: " + slab().object_and_history(entry),
        reinterpret_cast<std::uintptr_t>(entry));
  }
  slab().hold(entry);
}

void released(const nf_conn* entry) { slab().unhold(entry); }

void is_in_table(const nf_conn* entry) {
  const kernel::Exclusive exclusive;
  life_of(entry).was_in_table = true;
  ghost.keys.at(life_of(entry).key).is_in_table = true;
}

void leaves_table(unsigned key) {
  const kernel::Exclusive exclusive;
  ghost.keys.at(key).is_in_table = false;
  ++ghost.keys.at(key).changes;
}

void lookup_begins(unsigned key) {
  const kernel::Exclusive exclusive;
  ghost.was_in_table.at(my_index()) = ghost.keys.at(key).is_in_table;
  ghost.changes_at_begin.at(my_index()) = ghost.keys.at(key).changes;
}

void lookup_finds_nothing(unsigned key, Site site) {
  if (!sees_at_once()) return;
  const kernel::Exclusive exclusive;
  const bool was_there_all_along =
      ghost.was_in_table.at(my_index()) &&
      ghost.changes_at_begin.at(my_index()) == ghost.keys.at(key).changes;
  if (!was_there_all_along) return;
  kernel::running().raise(FindingKind::kBugOn, site,
                          "does not find key" + std::to_string(key) +
                              ", which is in the table since before the lookup began",
                          0);
}

}  // namespace revenant::nf_conntrack_subject::oracle
