#include "report/explanation.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "report/signature.h"

namespace revenant {
namespace {

constexpr std::size_t kMaxSentences = 6;
constexpr std::size_t kMaxListed = 3;  // Of steps, in one sentence.

// Whether the blamed CPU acted on what was true once.
bool a_second_look_helps(FindingKind kind) {
  switch (kind) {
    case FindingKind::kRecycledObject:
    case FindingKind::kUseAfterFree:
    case FindingKind::kUseAfterGracePeriod:
    case FindingKind::kAccessOutsideRcu:
    case FindingKind::kWrongUnlock:
    case FindingKind::kRefcount:
    case FindingKind::kLivelock:
    case FindingKind::kBugOn:
      return true;
    default:
      return false;
  }
}

class Explainer {
 public:
  Explainer(const ReportInput& input, const Recording& recording)
      : input_(input),
        recording_(recording),
        finding_(*input.finding),
        roles_(roles_of(input, recording)) {
    if (const sim::Region* const object = input.memory.find(finding_.about)) object_ = *object;
  }

  std::vector<std::string> run() {
    if (finding_.kind == FindingKind::kDeadlock || finding_.kind == FindingKind::kLivelock) {
      say_who_waits();
    } else {
      say_life();
      say_shelter();
    }
    if (finding_.kind == FindingKind::kLeak) say_last_touch();
    say_verdict();
    if (input_.memory_model != kernel::MemoryModel::kSc) say_memory();
    if (a_second_look_helps(finding_.kind)) say_what_changed();
    if (sentences_.size() < kLeast) say_last_value();
    if (sentences_.size() < kLeast) say_others();
    if (sentences_.size() > kMaxSentences) sentences_.resize(kMaxSentences);
    return std::move(sentences_);
  }

 private:
  static constexpr std::size_t kLeast = 4;

  const RecordedEvent& at(EventIndex index) const { return recording_.events[index]; }
  void say(std::string sentence) { sentences_.push_back(std::move(sentence)); }

  std::string who(EventIndex index) const {
    return fmt::format("{} in `{}`", cpu_name(at(index).event.at.cpu), at(index).op);
  }
  std::string where(EventIndex index) const {
    const std::string source = source_of(at(index).event.site);
    return fmt::format("step {}{}{}", at(index).event.step, source.empty() ? "" : ", ", source);
  }
  std::string blamed() const { return cpu_name(finding_.at.cpu); }
  bool is_blamed(const RecordedEvent& event) const {
    return event.event.at.cpu == finding_.at.cpu && event.event.at.op == finding_.at.op;
  }
  bool is_in_object(std::uint64_t address) const {
    return object_.size_bytes > 0 && address - object_.begin < object_.size_bytes;
  }

  // "anon_vma0#1", of the life that the event is about.
  std::string object_in(EventIndex index) const {
    return input_.memory.object_at(at(index).event.object.bits, at(index).event.object.life);
  }

  // The object: looked up, freed, allocated again, used.
  void say_life() {
    if (roles_.freed == kNoEvent) return say_birth();
    if (roles_.named != kNoEvent) {
      const sim::Operand& place = at(roles_.named).event.object;
      say(fmt::format("{} finds the name of {} in {} ({}).", who(roles_.named),
                      object_in(roles_.freed), input_.memory.name_at(place.bits, place.life),
                      where(roles_.named)));
    }
    say(fmt::format("{} frees {} ({}){}.", who(roles_.freed), object_in(roles_.freed),
                    where(roles_.freed), shelter_at(roles_.freed)));
    if (roles_.allocated == kNoEvent) return;
    say(fmt::format("{} gets the same memory as {} ({}){}.", who(roles_.allocated),
                    object_in(roles_.allocated), where(roles_.allocated), since_then()));
    if (roles_.named != kNoEvent) say_use();
  }

  // What became of the object after it came back.
  std::string since_then() const {
    for (EventIndex i = recording_.events.size(); --i > roles_.allocated;) {
      if (at(i).event.object.bits != object_.begin) continue;
      if (at(i).event.what == sim::Primitive::kKmemCacheFree) {
        return fmt::format(", which {} frees ({})", who(i), where(i));
      }
      if (at(i).event.what == sim::Primitive::kKmemCacheAlloc) {
        return fmt::format("; since {} it is {}", where(i), object_in(i));
      }
    }
    return {};
  }

  void say_birth() {
    const auto life = std::find_if(recording_.lives.rbegin(), recording_.lives.rend(),
                                   [&](const ObjectLife& l) { return l.address == object_.begin; });
    if (object_.size_bytes == 0 || life == recording_.lives.rend()) return;
    say(fmt::format("{} allocates {} ({}).", who(life->from), object_in(life->from),
                    where(life->from)));
  }

  std::string shelter_at(EventIndex index) const {
    for (const Span& section : recording_.sections) {
      if (section.cpu != finding_.at.cpu || !covers(section, index)) continue;
      return fmt::format(
          ", while {} is inside the RCU read-side section that it began at step {}: the memory "
          "keeps its type, but not its identity",
          blamed(), at(section.from).event.step);
    }
    return {};
  }

  void say_last_touch() {
    for (EventIndex i = recording_.events.size(); i-- > 0;) {
      if (!at(i).effect.stores || !is_in_object(at(i).event.object.bits)) continue;
      return say(
          fmt::format("The last that happens to it: {} by {} ({}).", at(i).text, who(i), where(i)));
    }
  }

  // What the blamed CPU did with the object in its new life.
  void say_use() {
    std::vector<std::string> uses;
    for (EventIndex i = roles_.allocated; i < recording_.events.size(); ++i) {
      if (!is_blamed(at(i)) || !is_in_object(at(i).event.object.bits)) continue;
      uses.push_back(fmt::format("{} at step {}", at(i).text, at(i).event.step));
    }
    if (uses.empty()) return;
    if (uses.size() > kMaxListed) uses.resize(kMaxListed);
    say(fmt::format(
        "{} goes on with the name it has: {}. Nothing in the object tells the two lives apart.",
        blamed(), fmt::join(uses, ", ")));
  }

  // Where the verdict depends on what the blamed CPU holds.
  void say_shelter() {
    if (recording_.guilty == kNoEvent || roles_.freed != kNoEvent) return;
    std::vector<std::string> shelters;
    for (const Span& section : recording_.sections) {
      if (section.cpu == finding_.at.cpu && section.to == kNoEvent) {
        shelters.push_back(
            fmt::format("is inside an RCU read-side section since {}", where(section.from)));
      }
    }
    for (const Hold& hold : recording_.holds) {
      if (hold.cpu != finding_.at.cpu || hold.to != kNoEvent) continue;
      // What is judged is the first to be told.
      const bool is_judged = finding_.about != 0 && hold.address == finding_.about;
      shelters.insert(is_judged ? shelters.begin() : shelters.end(),
                      fmt::format("holds {} since {}", hold.lock, where(hold.from)));
    }
    if (shelters.size() > kMaxListed) shelters.resize(kMaxListed);
    if (!shelters.empty()) say(fmt::format("{} {}.", blamed(), fmt::join(shelters, ", and ")));
  }

  void say_who_waits() {
    for (const CpuId cpu : kAllCpus) {
      const EventIndex last = last_event_of(recording_, cpu);
      if (last == kNoEvent || at(last).event.what != sim::Primitive::kBlocked) continue;
      std::string holders;
      for (const Hold& hold : recording_.holds) {
        if (hold.address != at(last).event.object.bits || hold.to != kNoEvent) continue;
        holders = fmt::format(", which {} holds since {}", cpu_name(hold.cpu), where(hold.from));
      }
      say(fmt::format("{} {} ({}){}.", who(last), at(last).text, where(last), holders));
    }
  }

  void say_verdict() {
    const std::string source = source_of(finding_.site);
    const std::size_t history = finding_.text.find(": allocated");
    say(fmt::format("The finding, {}, is made on {} in `{}`: {} (step {}{}{}).",
                    name_of(finding_.kind), blamed(), op_text(input_, finding_.at),
                    finding_.text.substr(0, history), finding_.step, source.empty() ? "" : ", ",
                    source));
  }

  // Whether an interleaving is enough.
  void say_memory() {
    std::vector<std::string> stale;
    for (EventIndex i = 0; i < recording_.events.size(); ++i) {
      if (at(i).event.newest)
        stale.push_back(fmt::format("{} by {} ({})", at(i).text, who(i), where(i)));
    }
    if (stale.empty()) return say("It is a plain interleaving: every access had the newest value.");
    const std::size_t count = stale.size();
    if (count > kMaxListed) stale.resize(kMaxListed);
    say(fmt::format("It needs weak memory: {} {} did not have the newest value, {}.", count,
                    count == 1 ? "access" : "accesses", fmt::join(stale, "; ")));
  }

  // Of what the blamed CPU had read outside the object, what is not so any more.
  void say_what_changed() {
    for (EventIndex i = recording_.events.size(); i-- > 0;) {
      const RecordedEvent& load = at(i);
      if (!is_blamed(load) || !load.effect.loads || load.effect.stores ||
          is_in_object(load.event.object.bits)) {
        continue;
      }
      const EventIndex store = first_other_store_after(i);
      if (store == kNoEvent || last_value(load.event.object.bits) == load.event.value.bits)
        continue;
      say(
          fmt::format("What it read at step {}, {}, is out of date since {} ({}): a second look "
                      "before relying on it finds out.",
                      load.event.step, load.text, where(store), who(store)));
      return;
    }
  }

  EventIndex first_other_store_after(EventIndex load) const {
    for (EventIndex i = load + 1; i < recording_.events.size(); ++i) {
      if (at(i).effect.stores && at(i).event.object.bits == at(load).event.object.bits &&
          at(i).event.at.cpu != finding_.at.cpu) {
        return i;
      }
    }
    return kNoEvent;
  }

  std::uint64_t last_value(std::uint64_t address) const {
    std::uint64_t value = 0;
    for (const RecordedEvent& e : recording_.events) {
      if (e.effect.stores && e.event.object.bits == address) value = e.event.value.bits;
    }
    return value;
  }

  // What the blamed CPU read last, and from whom it had that.
  void say_last_value() {
    for (EventIndex i = recording_.events.size(); i-- > 0;) {
      const EventIndex from = at(i).reads_from;
      if (!is_blamed(at(i)) || from == kNoEvent || at(from).event.at.cpu == finding_.at.cpu)
        continue;
      say(fmt::format("What it had read, {} at step {}, was stored by {} ({}).", at(i).text,
                      at(i).event.step, who(from), where(from)));
      return;
    }
  }

  // Where the other CPUs stand that have an op under way.
  void say_others() {
    std::vector<std::string> others;
    for (const CpuId cpu : kAllCpus) {
      if (cpu == finding_.at.cpu || cpu == sim::kRcuCpu) continue;
      const EventIndex last = last_event_of(recording_, cpu);
      if (last == kNoEvent || at(last).event.what == sim::Primitive::kOpEnd) continue;
      others.push_back(
          fmt::format("{} stands after {} ({})", who(last), at(last).text, where(last)));
    }
    if (others.empty()) return say("No other CPU is in the middle of an op.");
    say(fmt::format("{}.", fmt::join(others, ", ")));
  }

  const ReportInput& input_;
  const Recording& recording_;
  const Finding& finding_;
  Roles roles_;
  sim::Region object_{};
  std::vector<std::string> sentences_;
};

}  // namespace

std::vector<std::string> explain(const ReportInput& input, const Recording& recording) {
  if (!input.finding) {
    return {fmt::format("Nothing is wrong in this run of {} events.", recording.events.size())};
  }
  return Explainer(input, recording).run();
}

std::string as_paragraph(const std::vector<std::string>& sentences, std::size_t width) {
  std::string text;
  std::size_t column = 0;
  const std::string all = fmt::format("{}", fmt::join(sentences, " "));
  for (std::size_t begin = 0; begin < all.size();) {
    const std::size_t end = std::min(all.find(' ', begin), all.size());
    const std::size_t length = end - begin;
    if (column > 0 && column + 1 + length > width) {
      text += "\n";
      column = 0;
    } else if (column > 0) {
      text += " ";
      ++column;
    }
    text += all.substr(begin, length);
    column += length;
    begin = end + 1;
  }
  return text + "\n";
}

}  // namespace revenant
