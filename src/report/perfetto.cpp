#include "report/perfetto.h"

#include <fmt/format.h>

#include <map>

namespace revenant {
namespace {

using nlohmann::ordered_json;

// Tracks come in groups, which the format calls processes.
enum Group : int { kCpus = 1, kSections, kLocks, kObjects };

class Tracks {
 public:
  Tracks(const ReportInput& input, const Recording& recording)
      : input_(input), recording_(recording) {}

  ordered_json run() {
    name_group(kCpus, "CPUs");
    name_group(kSections, "RCU read-side sections");
    name_group(kLocks, "Locks");
    name_group(kObjects, "Slab objects");
    for (const CpuId cpu : kAllCpus) {
      if (index_of(cpu) < input_.program.size()) cpu_track(cpu);
    }
    add_ops();
    for (EventIndex i = 0; i < recording_.events.size(); ++i) add_event(i);
    add_spans();
    if (input_.finding) add_finding(*input_.finding);
    return {{"traceEvents", events_}, {"displayTimeUnit", "ns"}};
  }

 private:
  void name_group(int group, std::string_view name) {
    events_.push_back(
        {{"ph", "M"}, {"pid", group}, {"name", "process_name"}, {"args", {{"name", name}}}});
    events_.push_back({{"ph", "M"},
                       {"pid", group},
                       {"name", "process_sort_index"},
                       {"args", {{"sort_index", group}}}});
  }

  // The number of a track, which it gets the first time it is asked for.
  int track(int group, const std::string& name) {
    const auto [entry, is_new] =
        tracks_.try_emplace({group, name}, static_cast<int>(tracks_.size()) + 1);
    if (is_new) {
      events_.push_back({{"ph", "M"},
                         {"pid", group},
                         {"tid", entry->second},
                         {"name", "thread_name"},
                         {"args", {{"name", name}}}});
    }
    return entry->second;
  }
  int cpu_track(CpuId cpu) { return track(kCpus, cpu_name(cpu)); }

  ordered_json slice(int group, int track, std::string_view name, EventIndex from, EventIndex to) {
    const EventIndex end = to == kNoEvent ? recording_.events.size() : to + 1;
    return {{"ph", "X"},    {"pid", group}, {"tid", track},
            {"name", name}, {"ts", from},   {"dur", end - from}};
  }

  void add_op(CpuId cpu, const std::string& name, EventIndex from, EventIndex to) {
    events_.push_back(slice(kCpus, cpu_track(cpu), name, from, to));
  }

  // An op lasts until the next one of its CPU begins or it ends.
  void add_ops() {
    std::map<CpuId, EventIndex> begun;
    for (EventIndex i = 0; i < recording_.events.size(); ++i) {
      const sim::Event& event = recording_.events[i].event;
      if (event.what == sim::Primitive::kOpBegin) begun[event.at.cpu] = i;
      if (event.what != sim::Primitive::kOpEnd) continue;
      const auto from = begun.find(event.at.cpu);
      if (from == begun.end()) continue;
      add_op(event.at.cpu, recording_.events[from->second].op, from->second, i);
      begun.erase(from);
    }
    for (const auto& [cpu, from] : begun) {
      add_op(cpu, recording_.events[from].op, from, kNoEvent);
    }
  }

  void add_event(EventIndex index) {
    const RecordedEvent& recorded = recording_.events[index];
    const sim::Primitive what = recorded.event.what;
    if (what == sim::Primitive::kOpBegin || what == sim::Primitive::kOpEnd) return;
    ordered_json json = slice(kCpus, cpu_track(recorded.event.at.cpu), recorded.text, index, index);
    json["args"] = {{"step", recorded.event.step},
                    {"source", source_of(recorded.event.site)},
                    {"function", function_of(recorded.event.site)}};
    events_.push_back(std::move(json));
    add_arrow(index);
  }

  void add_arrow(EventIndex load) {
    const EventIndex store = recording_.events[load].reads_from;
    if (store == kNoEvent) return;
    const CpuId from = recording_.events[store].event.at.cpu;
    const CpuId to = recording_.events[load].event.at.cpu;
    if (from == to) return;
    const auto end = [&](const char* phase, CpuId cpu, EventIndex at) {
      return ordered_json{
          {"ph", phase},           {"bp", "e"}, {"id", load},           {"pid", kCpus},
          {"tid", cpu_track(cpu)}, {"ts", at},  {"name", "reads from"}, {"cat", "reads-from"}};
    };
    events_.push_back(end("s", from, store));
    events_.push_back(end("f", to, load));
  }

  void add_spans() {
    for (const Span& section : recording_.sections) {
      events_.push_back(slice(kSections, track(kSections, cpu_name(section.cpu)), "rcu_read_lock",
                              section.from, section.to));
    }
    for (const Hold& hold : recording_.holds) {
      // Readers overlap, which slices of one track must not.
      const std::string name =
          hold.is_shared ? fmt::format("{} (read, {})", hold.lock, cpu_name(hold.cpu)) : hold.lock;
      events_.push_back(slice(kLocks, track(kLocks, name), cpu_name(hold.cpu), hold.from, hold.to));
    }
    for (const ObjectLife& life : recording_.lives) {
      events_.push_back(slice(kObjects, track(kObjects, life.object),
                              fmt::format("{}#{}", life.object, life.life), life.from, life.to));
    }
  }

  void add_finding(const Finding& finding) {
    events_.push_back({{"ph", "i"},
                       {"s", "g"},
                       {"pid", kCpus},
                       {"tid", cpu_track(finding.at.cpu)},
                       {"ts", recording_.events.size()},
                       {"name", name_of(finding.kind)},
                       {"args", {{"text", finding.text}}}});
  }

  const ReportInput& input_;
  const Recording& recording_;
  std::map<std::pair<int, std::string>, int> tracks_;
  ordered_json events_ = ordered_json::array();
};

}  // namespace

ordered_json perfetto_json(const ReportInput& input, const Recording& recording) {
  return Tracks(input, recording).run();
}

}  // namespace revenant
