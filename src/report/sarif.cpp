#include "report/sarif.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "report/explanation.h"
#include "report/signature.h"

namespace revenant {
namespace {

using nlohmann::ordered_json;

// Without a place SARIF wants no location at all.
ordered_json location(const Site& site, const std::string& text) {
  ordered_json json{{"message", {{"text", text}}}};
  if (site.line() > 0) {
    json["physicalLocation"] = {
        {"artifactLocation", {{"uri", site.file_name()}, {"uriBaseId", "SRCROOT"}}},
        {"region", {{"startLine", site.line()}}}};
  }
  return json;
}

ordered_json thread_flow(const ReportInput& input, const Recording& recording, CpuId cpu) {
  ordered_json locations = ordered_json::array();
  for (const RecordedEvent& recorded : recording.events) {
    const sim::Event& event = recorded.event;
    if (event.at.cpu != cpu || event.what == sim::Primitive::kOpEnd) continue;
    const bool is_op = event.what == sim::Primitive::kOpBegin;
    locations.push_back({{"location", location(event.site, is_op ? recorded.op : recorded.text)},
                         {"executionOrder", event.step}});
  }
  if (input.finding->at.cpu == cpu) {
    locations.push_back(
        {{"location", location(input.finding->site, std::string(name_of(input.finding->kind)))},
         {"executionOrder", input.finding->step},
         {"importance", "essential"}});
  }
  return {{"id", cpu_name(cpu)}, {"locations", locations}};
}

ordered_json properties(const Subject& subject, const Variant& variant,
                        const std::string& schedule_file) {
  return {{"subject", subject.name}, {"variant", variant.name}, {"schedule", schedule_file}};
}

ordered_json rules() {
  ordered_json rules = ordered_json::array();
  for (int i = 0; i <= static_cast<int>(FindingKind::kUbsan); ++i) {
    const std::string_view name = name_of(static_cast<FindingKind>(i));
    rules.push_back({{"id", name},
                     {"defaultConfiguration", {{"level", "error"}}},
                     {"help", {{"text", fmt::format("See `{}` in docs/findings.md.", name)}}}});
  }
  return rules;
}

}  // namespace

ordered_json sarif_result(const ReportInput& input, const Recording& recording,
                          const std::string& schedule_file) {
  const Finding& finding = *input.finding;
  ordered_json flows = ordered_json::array();
  for (const CpuId cpu : kAllCpus) {
    ordered_json flow = thread_flow(input, recording, cpu);
    if (!flow["locations"].empty()) flows.push_back(std::move(flow));
  }
  ordered_json result{
      {"ruleId", name_of(finding.kind)},
      {"ruleIndex", static_cast<int>(finding.kind)},
      {"level", "error"},
      {"message", {{"text", fmt::format("{}", fmt::join(explain(input, recording), " "))}}},
      {"locations", ordered_json::array({location(finding.site, finding.text)})},
      {"partialFingerprints", {{"revenantSignature/v1", signature_of(input, recording)}}},
      {"codeFlows", ordered_json::array({{{"threadFlows", flows}}})},
      {"properties", properties(input.subject, input.variant, schedule_file)}};
  return result;
}

ordered_json sarif_result(const SeenOnce& finding) {
  return {{"ruleId", name_of(finding.kind)},
          {"ruleIndex", static_cast<int>(finding.kind)},
          {"level", "error"},
          {"message", {{"text", finding.text}}},
          {"partialFingerprints", {{"revenantSignature/v1", finding.signature}}},
          {"properties", properties(finding.subject, finding.variant, finding.schedule_file)}};
}

ordered_json sarif_document(const ordered_json& results) {
  return {{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
          {"version", "2.1.0"},
          {"runs",
           ordered_json::array({{{"tool", {{"driver", {{"name", "Revenant"}, {"rules", rules()}}}}},
                                 {"columnKind", "utf16CodeUnits"},
                                 {"results", results}}})}};
}

}  // namespace revenant
