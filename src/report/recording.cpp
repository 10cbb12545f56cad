#include "report/recording.h"

#include <algorithm>
#include <unordered_map>

#include "kernel/kmem_cache.h"

namespace revenant {
namespace {

using enum sim::Primitive;

void merge(VectorClock& into, const VectorClock& from) {
  for (std::size_t cpu = 0; cpu < into.size(); ++cpu) into[cpu] = std::max(into[cpu], from[cpu]);
}

// The order of a run: what each CPU has seen, and what it may pass on.
class Clocks {
 public:
  // Returns the event's own clock. Events come in the order of their indices.
  VectorClock step(const sim::Event& event, const sim::Effect& effect, EventIndex reads_from) {
    Cpu& cpu = cpus_[index_of(event.at.cpu)];
    ++cpu.seen[index_of(event.at.cpu)];
    VectorClock& message = messages_.emplace_back();
    if (effect.lock != sim::LockStep::kNone) {
      pass(cpu, effect, locks_[event.object.bits]);
    } else if (effect.loads || effect.stores) {
      if (reads_from != kNoEvent) message = messages_[reads_from];
      access(cpu, effect, message);
    } else {
      order(cpu, event, effect);
    }
    return cpu.seen;
  }

 private:
  struct Cpu {
    VectorClock seen{};
    VectorClock fenced{};   // What the last release fence covers.
    VectorClock pending{};  // What relaxed loads took, for the next acquire fence.
    std::uint32_t nesting = 0;
    std::uint32_t began = 0;  // When the section did, or synchronize_rcu; counted in events.
  };
  struct Section {
    std::uint32_t began;
    VectorClock end;
  };
  struct GracePeriod {
    std::uint32_t began;
    VectorClock before;
  };

  static void pass(Cpu& cpu, const sim::Effect& effect, VectorClock& lock) {
    if (effect.lock == sim::LockStep::kGive) return merge(lock, cpu.seen);
    merge(effect.ordering == sim::Ordering::kRelaxed ? cpu.pending : cpu.seen, lock);
  }

  static void acquire_fence(Cpu& cpu) { merge(cpu.seen, cpu.pending); }
  static void release_fence(Cpu& cpu) { cpu.fenced = cpu.seen; }

  // `message` is that of the store whose value is read, and becomes the event's own: a store starts
  // a new one, a read-modify-write carries on the one that it found.
  static void access(Cpu& cpu, const sim::Effect& effect, VectorClock& message) {
    const bool is_full = effect.ordering == sim::Ordering::kFull;
    if (is_full) acquire_fence(cpu);
    if (effect.loads) {
      merge(is_full || effect.ordering == sim::Ordering::kAcquire ? cpu.seen : cpu.pending,
            message);
    }
    if (is_full) release_fence(cpu);
    if (!effect.stores) return;
    if (!effect.loads) message = {};
    merge(message, is_full || effect.ordering == sim::Ordering::kRelease ? cpu.seen : cpu.fenced);
  }

  void order(Cpu& cpu, const sim::Event& event, const sim::Effect& effect) {
    ++now_;
    if (effect.ordering == sim::Ordering::kAcquire || effect.ordering == sim::Ordering::kFull) {
      acquire_fence(cpu);
    }
    if (effect.ordering == sim::Ordering::kRelease || effect.ordering == sim::Ordering::kFull) {
      release_fence(cpu);
    }
    switch (event.what) {
      case kRcuReadLock:
        return enter(cpu);
      case kRcuReadUnlock:
        return leave(cpu);
      case kSynchronizeRcuBegins:
        cpu.began = now_;
        return merge(before_sections_, cpu.seen);
      case kSynchronizeRcuEnds:
        return wait_for_sections(cpu, cpu.began);
      case kCallRcu:
        callbacks_[event.object.bits] = {now_, cpu.seen};
        return merge(before_sections_, cpu.seen);
      case kRcuCallback:
        merge(cpu.seen, callbacks_[event.object.bits].before);
        return wait_for_sections(cpu, callbacks_[event.object.bits].began);
      case kRcuBarrier:
        return merge(cpu.seen, cpus_[index_of(sim::kRcuCpu)].seen);
      case kKmemCacheFree:
        freed_[event.object.bits] = {now_, cpu.seen};
        return;
      case kKmemCacheAlloc:
        return merge(cpu.seen, freed_[event.object.bits].before);
      case kSlabPageReturned:
        return return_page(cpu, event.object.bits);
      default:
        return;
    }
  }

  void enter(Cpu& cpu) {
    if (cpu.nesting++ > 0) return;
    cpu.began = now_;
    merge(cpu.seen, before_sections_);
  }

  void leave(Cpu& cpu) {
    if (--cpu.nesting == 0) sections_.push_back({.began = cpu.began, .end = cpu.seen});
  }

  // Who freed the page's last object began the grace period.
  void return_page(Cpu& cpu, std::uint64_t page) const {
    std::uint32_t began = 0;
    for (const auto& [object, free] : freed_) {
      if (object - page >= kernel::kSlabPageBytes) continue;
      merge(cpu.seen, free.before);
      began = std::max(began, free.began);
    }
    wait_for_sections(cpu, began);
  }

  void wait_for_sections(Cpu& cpu, std::uint32_t began) const {
    for (const Section& section : sections_) {
      if (section.began < began) merge(cpu.seen, section.end);
    }
  }

  std::array<Cpu, sim::kMaxFibers> cpus_{};
  std::vector<VectorClock> messages_;  // What each event's store hands on.
  std::unordered_map<std::uint64_t, VectorClock> locks_;
  std::unordered_map<std::uint64_t, GracePeriod> freed_;
  std::unordered_map<std::uint64_t, GracePeriod> callbacks_;
  std::vector<Section> sections_;
  VectorClock before_sections_{};
  std::uint32_t now_ = 0;
};

class Recorder {
 public:
  explicit Recorder(const ReportInput& input) : input_(input) {}

  Recording run() {
    for (const sim::Event& event : input_.events) add(event);
    if (input_.finding) recording_.guilty = last_event_of(recording_, input_.finding->at.cpu);
    return std::move(recording_);
  }

 private:
  void add(const sim::Event& event) {
    const EventIndex index = recording_.events.size();
    const sim::Effect effect = sim::effect_of(event);
    const EventIndex reads_from = effect.loads ? stored_by(event) : kNoEvent;
    RecordedEvent recorded{.event = event,
                           .effect = effect,
                           .op = op_text(input_, event.at),
                           .text = describe(event, input_.memory),
                           .reads_from = reads_from,
                           .clock = clocks_.step(event, effect, reads_from)};
    // Not one that landed below a newer store.
    if (effect.stores && (effect.loads || !event.newest)) last_store_[event.object.bits] = index;
    recording_.events.push_back(std::move(recorded));
    follow_lock(event, effect, index);
    follow_section(event, index);
    follow_life(event, index);
  }

  // Whose value the event loads.
  EventIndex stored_by(const sim::Event& load) const {
    if (load.newest) return older_store(load);
    const auto found = last_store_.find(load.object.bits);
    return found == last_store_.end() ? kNoEvent : found->second;
  }

  EventIndex older_store(const sim::Event& load) const {
    const bool is_update = sim::effect_of(load).stores;
    const std::uint64_t value = is_update ? load.old_value.bits : load.value.bits;
    for (EventIndex i = recording_.events.size(); i-- > 0;) {
      const RecordedEvent& store = recording_.events[i];
      const bool is_of_word = store.effect.stores && store.event.object.bits == load.object.bits;
      if (is_of_word && store.event.value.bits == value) return i;
    }
    return kNoEvent;
  }

  // Ends the last open span for which `is_meant` holds.
  template <class List, class Predicate>
  static void end_last(List& list, EventIndex index, Predicate is_meant) {
    const auto open = std::find_if(list.rbegin(), list.rend(), [&](const auto& span) {
      return span.to == kNoEvent && is_meant(span);
    });
    if (open != list.rend()) open->to = index;
  }

  void follow_lock(const sim::Event& event, const sim::Effect& effect, EventIndex index) {
    if (effect.lock == sim::LockStep::kNone) return;
    if (effect.lock == sim::LockStep::kGive) {
      return end_last(recording_.holds, index, [&](const Hold& hold) {
        return hold.address == event.object.bits && hold.cpu == event.at.cpu;
      });
    }
    recording_.holds.push_back({{.cpu = event.at.cpu, .from = index},
                                input_.memory.name_at(event.object.bits, 0),
                                event.object.bits,
                                effect.lock == sim::LockStep::kTakeShared});
  }

  void follow_section(const sim::Event& event, EventIndex index) {
    std::uint32_t& nesting = nesting_[index_of(event.at.cpu)];
    if (event.what == kRcuReadLock && nesting++ == 0) {
      recording_.sections.push_back({.cpu = event.at.cpu, .from = index});
    }
    if (event.what == kRcuReadUnlock && --nesting == 0) {
      end_last(recording_.sections, index,
               [&](const Span& section) { return section.cpu == event.at.cpu; });
    }
  }

  void follow_life(const sim::Event& event, EventIndex index) {
    if (event.what == kKmemCacheAlloc) {
      recording_.lives.push_back({{.cpu = event.at.cpu, .from = index},
                                  input_.memory.object_at(event.object.bits, 0),
                                  event.object.bits,
                                  event.object.life});
    }
    if (event.what == kKmemCacheFree) {
      end_last(recording_.lives, index,
               [&](const ObjectLife& life) { return life.address == event.object.bits; });
    }
  }

  const ReportInput& input_;
  Recording recording_;
  Clocks clocks_;
  std::unordered_map<std::uint64_t, EventIndex> last_store_;
  std::array<std::uint32_t, sim::kMaxFibers> nesting_{};
};

}  // namespace

Recording record_of(const ReportInput& input) { return Recorder(input).run(); }

EventIndex last_event_of(const Recording& recording, CpuId cpu) {
  for (EventIndex i = recording.events.size(); i-- > 0;) {
    if (recording.events[i].event.at.cpu == cpu) return i;
  }
  return kNoEvent;
}

bool covers(const Span& span, EventIndex inner) {
  return span.from <= inner && (span.to == kNoEvent || inner <= span.to);
}

std::string place_in_type(const sim::MemoryMap& memory, std::uintptr_t address) {
  const sim::Region* const region = memory.find(address);
  if (region == nullptr) return {};
  std::string place(region->name);
  for (const sim::Field& field : region->fields) {
    if (address - region->begin - field.offset_bytes < field.size_bytes) {
      place.append(".").append(field.name.substr(0, field.name.find('[')));
    }
  }
  return place;
}

}  // namespace revenant
