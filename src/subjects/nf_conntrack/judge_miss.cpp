// Rule of rculist_nulls: a lookup finds what is in the table from its beginning to its end. Raises
// bug-on. Not judged where a CPU need not see in time what another one did before: with weak
// memory, and on real processors.
#include <array>
#include <string>

#include "kernel/engine.h"
#include "kernel/weak_memory.h"
#include "subjects/nf_conntrack/oracle.h"

namespace revenant::nf_conntrack_subject::oracle {
namespace {

struct Key {
  bool is_in_table = false;
  std::uint32_t departures = 0;
};

struct Lookups {
  std::array<Key, kKeys> keys{};
  std::array<Key, sim::kMaxCpus> at_begin{};  // By CPU, the key that it looks up.
};
Lookups lookups;

Key& at_begin_of_mine() { return lookups.at_begin.at(index_of(kernel::running().cpu())); }

bool sees_at_once() { return !kernel::Engine::is_native() && kernel::weak_memory() == nullptr; }

}  // namespace

void begin_run_of_misses() { lookups = Lookups{}; }

void is_in_table(unsigned key) {
  const kernel::Exclusive exclusive;
  lookups.keys.at(key).is_in_table = true;
}

void leaves_table(unsigned key) {
  const kernel::Exclusive exclusive;
  lookups.keys.at(key).is_in_table = false;
  ++lookups.keys.at(key).departures;
}

void lookup_begins(unsigned key) {
  const kernel::Exclusive exclusive;
  at_begin_of_mine() = lookups.keys.at(key);
}

void lookup_finds_nothing(unsigned key, Site site) {
  if (!sees_at_once()) return;
  const kernel::Exclusive exclusive;
  const Key& before = at_begin_of_mine();
  if (!before.is_in_table || before.departures != lookups.keys.at(key).departures) return;
  kernel::running().raise(FindingKind::kBugOn, site,
                          "does not find key" + std::to_string(key) +
                              ", which is in the table since before the lookup began",
                          0);
}

}  // namespace revenant::nf_conntrack_subject::oracle
