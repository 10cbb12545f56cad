#include "report/json_report.h"

#include "report/report_input.h"

#include <fmt/format.h>

namespace revenant {
namespace {

using nlohmann::ordered_json;

ordered_json anchor_json(const Anchor& at) {
  return {{"cpu", cpu_json(at.cpu)}, {"op", at.op}, {"point", at.point}};
}

ordered_json arguments_json(const OpSpec& spec) {
  ordered_json arguments = ordered_json::array();
  for (const Argument& argument : spec.arguments) {
    arguments.push_back({{"name", argument.name}, {"count", argument.count}});
  }
  return arguments;
}

// Null for the tear-down.
ordered_json op_json(std::uint16_t op) {
  return op == kTearDownOp ? ordered_json(nullptr) : ordered_json(op);
}

}  // namespace

std::string json_text(const ordered_json& document, int indent) {
  return document.dump(indent, ' ', false, ordered_json::error_handler_t::replace);
}

ordered_json cpu_json(CpuId cpu) {
  if (cpu == sim::kRcuCpu) return "rcu";
  return index_of(cpu);
}

ordered_json to_json(const Finding& finding, const Subject& subject, const Variant& variant,
                     std::string_view signature) {
  return {{"kind", name_of(finding.kind)},
          {"signature", signature},
          {"subject", subject.name},
          {"variant", variant.name},
          {"text", finding.text},
          {"cpu", cpu_json(finding.at.cpu)},
          {"op", op_json(finding.at.op)},
          {"step", finding.step},
          {"source", source_of(finding.site)}};
}

ordered_json to_json(const Schedule& schedule, const OpTable& table) {
  ordered_json json;
  json["cpus"] = ordered_json::array();
  for (const Ops& ops : schedule.cpus) {
    ordered_json texts = ordered_json::array();
    for (const OpCall& call : ops) texts.push_back(to_text(table, call));
    json["cpus"].push_back({{"ops", texts}});
  }
  json["preemptions"] = ordered_json::array();
  for (const Preemption& p : schedule.preemptions) {
    ordered_json entry = anchor_json(p.at);
    entry["to"] = cpu_json(p.to);
    json["preemptions"].push_back(entry);
  }
  json["choices"] = ordered_json::array();
  for (const Pick& p : schedule.picks) {
    ordered_json entry = anchor_json(p.at);
    entry["value"] = p.value;
    json["choices"].push_back(entry);
  }
  json["walk"] = schedule.walk ? ordered_json(*schedule.walk) : ordered_json(nullptr);
  json["walk_from"] = schedule.walk_from;
  json["draws"] = schedule.draws;
  return json;
}

ordered_json to_json(const Subject& subject) {
  ordered_json json{{"name", subject.name}, {"summary", subject.summary}};
  json["ops"] = ordered_json::array();
  for (const OpSpec& spec : subject.ops) {
    json["ops"].push_back(
        {{"name", spec.name}, {"summary", spec.summary}, {"arguments", arguments_json(spec)}});
  }
  json["variants"] = ordered_json::array();
  for (const Variant& variant : subject.variants) {
    const ordered_json expected =
        variant.expected ? ordered_json(name_of(*variant.expected)) : ordered_json(nullptr);
    json["variants"].push_back(
        {{"name", variant.name}, {"summary", variant.summary}, {"expected", expected}});
  }
  return json;
}

}  // namespace revenant
