#include "cli/litmus_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "litmus/witness.h"
#include "report/html_report.h"

namespace revenant {
namespace {

using litmus::LitmusTest;
using litmus::Witness;
using litmus::WitnessSpan;
using litmus::WitnessStep;
using nlohmann::ordered_json;

class Document {
 public:
  Document(const std::string& file, const LitmusTest& test, const litmus::Verdict& verdict)
      : file_(std::filesystem::path(file).filename().string()),
        test_(test),
        verdict_(verdict),
        witness_(witness_of(test, *verdict.witness)) {}

  ordered_json json() const {
    ordered_json json{{"revenant_run", kRunFormatVersion},
                      {"subject", "litmus"},
                      {"variant", test_.name},
                      {"summary", summary()},
                      {"schedule", nullptr},
                      {"schedule_text", test_.source},
                      {"file", file_},
                      {"replay", fmt::format("revenant litmus {} --witness html", file_)},
                      {"finding", finding()},
                      {"explanation", explanation()},
                      {"cpus", cpus()},
                      {"events", ordered_json::array()},
                      {"sections", ordered_json::array()},
                      {"holds", ordered_json::array()},
                      {"lives", ordered_json::array()}};
    for (std::size_t i = 0; i < witness_.steps.size(); ++i) json["events"].push_back(event(i));
    for (const WitnessSpan& span : witness_.sections) {
      ordered_json section = span_json(span);
      section["domain"] = span.of == 0 ? "RCU" : "SRCU";
      json["sections"].push_back(std::move(section));
    }
    for (const WitnessSpan& span : witness_.holds) {
      ordered_json hold = span_json(span);
      hold["lock"] = test_.words[span.of].name;
      hold["shared"] = false;
      json["holds"].push_back(std::move(hold));
    }
    return json;
  }

 private:
  std::string summary() const {
    std::string text = fmt::format("{} of {} final states are as the condition says",
                                   verdict_.positive, verdict_.states.size());
    if (!verdict_.unknown.empty()) text += "; no verdict: " + verdict_.unknown;
    for (const std::string& flag : verdict_.flags) text += "; " + flag;
    return text;
  }

  ordered_json finding() const {
    return {{"kind", word_of(verdict_)},
            {"signature", nullptr},
            {"text", "here the condition holds: " + test_.condition.text},
            {"cpu", nullptr},
            {"step", witness_.steps.size()},
            {"event", nullptr},
            {"roles", ordered_json::object()}};
  }

  ordered_json explanation() const {
    ordered_json sentences = ordered_json::array();
    for (std::size_t i = 0; i < witness_.steps.size(); ++i) {
      const WitnessStep& step = witness_.steps[i];
      if (!step.is_weak) continue;
      sentences.push_back(fmt::format("Step {}: `{}{}` of {}: {}.", i + 1, step.text, step.result,
                                      name_of_process(step.process), what_is_weak(test_, step)));
    }
    std::string needed = what_is_needed(witness_);
    needed.front() = static_cast<char>(std::toupper(needed.front()));
    sentences.push_back(needed + ".");
    return sentences;
  }

  ordered_json cpus() const {
    ordered_json cpus = ordered_json::array();
    for (std::size_t i = 0; i < test_.processes.size(); ++i) {
      cpus.push_back({{"cpu", i}, {"name", name_of_process(i)}, {"ops", ordered_json::array()}});
    }
    return cpus;
  }

  ordered_json event(std::size_t number) const {
    const WitnessStep& step = witness_.steps[number];
    std::string text = step.text + step.result;
    if (step.is_weak) text += fmt::format(" [newest: {}]", step.newest);
    ordered_json json{{"step", number + 1},
                      {"cpu", step.process},
                      {"op", step.text},
                      {"what", step.text.substr(0, step.text.find('('))},
                      {"text", std::move(text)},
                      {"source", fmt::format("{}:{}", file_, step.place.line)},
                      {"function", name_of_process(step.process)},
                      {"code", line_of_source(step.place.line)}};
    json["object"] = nullptr;
    json["life"] = 0;
    json["freed"] = false;
    json["place"] = step.word ? ordered_json(test_.words[*step.word].name) : ordered_json(nullptr);
    json["loads"] = step.loads;
    json["stores"] = step.stores;
    json["stale"] = step.is_weak;
    json["reads_from"] = step.reads_from ? ordered_json(*step.reads_from) : ordered_json(nullptr);
    json["clock"] = nullptr;
    return json;
  }

  static ordered_json span_json(const WitnessSpan& span) {
    return {{"cpu", span.process},
            {"from", span.from},
            {"to", span.to ? ordered_json(*span.to) : ordered_json(nullptr)}};
  }

  std::string name_of_process(std::size_t process) const {
    return fmt::format("P{}", test_.processes[process].number);
  }

  std::string line_of_source(std::uint32_t line) const {
    std::size_t begin = 0;
    for (std::uint32_t i = 1; i < line; ++i) begin = test_.source.find('\n', begin) + 1;
    const std::string text = test_.source.substr(begin, test_.source.find('\n', begin) - begin);
    return text.substr(std::min(text.find_first_not_of(" \t"), text.size()));
  }

  std::string file_;
  const LitmusTest& test_;
  const litmus::Verdict& verdict_;
  Witness witness_;
};

}  // namespace

std::string litmus_page(const std::string& file, const LitmusTest& test,
                        const litmus::Verdict& verdict) {
  return html_page(fmt::format("{}: {}", test.name, word_of(verdict)),
                   Document(file, test, verdict).json());
}

}  // namespace revenant
