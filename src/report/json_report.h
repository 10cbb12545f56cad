// Findings, schedules and subjects as JSON, with the field names of the design's "Interfaces".
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "run/schedule_runner.h"
#include "schedule/op_table.h"
#include "schedule/schedule.h"

namespace revenant {

// {kind, signature, subject, variant, text, cpu, op, step, source}
nlohmann::ordered_json to_json(const Finding& finding, const Subject& subject,
                               const Variant& variant, std::string_view signature);

// {cpus: [{ops: ["lock page0"]}], preemptions: [{cpu, op, point, to}],
//  choices: [{cpu, op, point, value}], walk: 1 or null, walk_from: 0, draws: false}; "rcu" is the
//  CPU that runs callbacks.
nlohmann::ordered_json to_json(const Schedule& schedule, const OpTable& table);

// {name, summary, ops: [{name, summary, arguments: [{name, count}]}],
//  variants: [{name, summary, expected}]}; expected is null where the variant is clean.
nlohmann::ordered_json to_json(const Subject& subject);

// The document as text, each level indented by so many columns. What is not UTF-8 in it, as the
// name of a file may be, is replaced by U+FFFD.
std::string json_text(const nlohmann::ordered_json& document, int indent = 2);

// A CPU's number, or "rcu".
nlohmann::ordered_json cpu_json(CpuId cpu);

}  // namespace revenant
