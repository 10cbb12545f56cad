#include "report/run_json.h"

#include <fmt/format.h>

#include "report/explanation.h"
#include "report/json_report.h"
#include "report/signature.h"
#include "schedule/text_form.h"

namespace revenant {
namespace {

using nlohmann::ordered_json;

// What a reader may call the schedule.
constexpr std::string_view kFile = "run.schedule";

ordered_json index_json(EventIndex index) {
  return index == kNoEvent ? ordered_json(nullptr) : ordered_json(index);
}

ordered_json name_json(std::string name) {
  return name == "?" ? ordered_json(nullptr) : ordered_json(std::move(name));
}

// Of the CPUs of the schedule with the ops that ran, and of the callbacks where some ran.
ordered_json cpus_json(const ReportInput& input) {
  const OpTable table(input.subject.ops);
  ordered_json cpus = ordered_json::array();
  for (std::size_t i = 0; i < input.program.size(); ++i) {
    const CpuId cpu{static_cast<std::uint8_t>(i)};
    ordered_json ops = ordered_json::array();
    for (const OpCall& call : input.program[i]) ops.push_back(to_text(table, call));
    cpus.push_back({{"cpu", i}, {"name", cpu_name(cpu)}, {"ops", std::move(ops)}});
  }
  for (const sim::Event& event : input.events) {
    if (event.at.cpu != sim::kRcuCpu) continue;
    cpus.push_back(
        {{"cpu", "rcu"}, {"name", cpu_name(sim::kRcuCpu)}, {"ops", ordered_json::array()}});
    break;
  }
  return cpus;
}

ordered_json event_json(const ReportInput& input, const RecordedEvent& recorded,
                        const SourceLine& source_line) {
  const sim::Event& event = recorded.event;
  const std::uint64_t address = event.object.bits;
  ordered_json json{{"step", event.step},
                    {"cpu", cpu_json(event.at.cpu)},
                    {"op", recorded.op},
                    {"what", event.what == sim::Primitive::kNote ? "note" : name_of(event)},
                    {"text", recorded.text},
                    {"source", source_of(event.site)},
                    {"function", function_of(event.site)},
                    {"code", source_line(event.site)}};
  json["object"] = name_json(input.memory.object_at(address, 0));
  json["life"] = event.object.life & ~sim::kFreed;
  json["freed"] = (event.object.life & sim::kFreed) != 0;
  json["place"] = name_json(input.memory.name_at(address, event.object.life));
  json["loads"] = recorded.effect.loads;
  json["stores"] = recorded.effect.stores;
  json["stale"] = event.newest.has_value();
  json["reads_from"] = index_json(recorded.reads_from);
  json["clock"] = recorded.clock;
  return json;
}

ordered_json span_json(const Span& span) {
  return {{"cpu", cpu_json(span.cpu)}, {"from", span.from}, {"to", index_json(span.to)}};
}

ordered_json span_json(const Hold& hold) {
  ordered_json json = span_json(static_cast<const Span&>(hold));
  json["lock"] = hold.lock;
  json["shared"] = hold.is_shared;
  return json;
}

ordered_json span_json(const ObjectLife& life) {
  ordered_json json = span_json(static_cast<const Span&>(life));
  json["object"] = life.object;
  json["life"] = life.life;
  return json;
}

template <class List>
ordered_json spans_json(const List& spans) {
  ordered_json json = ordered_json::array();
  for (const auto& span : spans) json.push_back(span_json(span));
  return json;
}

ordered_json finding_json(const ReportInput& input, const Recording& recording) {
  if (!input.finding) return nullptr;
  ordered_json json =
      to_json(*input.finding, input.subject, input.variant, signature_of(input, recording));
  const Roles roles = roles_of(input, recording);
  json["event"] = index_json(recording.guilty);
  json["roles"] = {{"named", index_json(roles.named)},
                   {"freed", index_json(roles.freed)},
                   {"allocated", index_json(roles.allocated)}};
  return json;
}

}  // namespace

ordered_json run_json(const ReportInput& input, const Recording& recording,
                      const SourceLine& source_line) {
  const OpTable table(input.subject.ops);
  const ordered_json schedule = to_json(input.schedule, table);
  ordered_json json{
      {"revenant_run", kRunFormatVersion},
      {"subject", input.subject.name},
      {"variant", input.variant.name},
      {"summary", input.variant.summary},
      {"schedule", schedule},
      {"schedule_text", to_text(input.schedule, input.subject.name, table)},
      {"file", kFile},
      {"replay", fmt::format("revenant replay {}/{} {}{}", input.subject.name, input.variant.name,
                             kFile, memory_option(input.variant, input.memory_model))},
      {"finding", finding_json(input, recording)},
      {"explanation", explain(input, recording)},
      {"cpus", cpus_json(input)}};
  json["events"] = ordered_json::array();
  for (const RecordedEvent& event : recording.events) {
    json["events"].push_back(event_json(input, event, source_line));
  }
  json["sections"] = spans_json(recording.sections);
  for (ordered_json& section : json["sections"]) section["domain"] = "RCU";
  json["holds"] = spans_json(recording.holds);
  json["lives"] = spans_json(recording.lives);
  return json;
}

}  // namespace revenant
