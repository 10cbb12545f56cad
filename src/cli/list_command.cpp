#include <fmt/format.h>

#include <iostream>

#include "cli/commands.h"
#include "report/json_report.h"

namespace revenant {
namespace {

std::string op_usage(const OpSpec& spec) {
  std::string text(spec.name);
  for (const Argument& argument : spec.arguments) {
    text += fmt::format(" {}0..{}", argument.name, argument.count - 1);
  }
  return text;
}

void print_subject(const Subject& subject) {
  std::cout << fmt::format("{}\n  {}\n\n  variants (the first is the default)\n", subject.name,
                           subject.summary);
  for (const Variant& variant : subject.variants) {
    std::cout << fmt::format("    {:<24} {:<24} {}\n", variant.name,
                             variant.expected ? name_of(*variant.expected) : "clean",
                             variant.summary);
  }
  std::cout << "\n  ops\n";
  for (const OpSpec& spec : subject.ops) {
    std::cout << fmt::format("    {:<24} {}\n", op_usage(spec), spec.summary);
  }
}

}  // namespace

int list_command(Subjects subjects, bool json) {
  if (json) {
    nlohmann::ordered_json document{{"subjects", nlohmann::ordered_json::array()}};
    for (const Subject* const subject : subjects) document["subjects"].push_back(to_json(*subject));
    std::cout << json_text(document) << "\n";
    return kExitClean;
  }
  for (const Subject* const subject : subjects) print_subject(*subject);
  return kExitClean;
}

}  // namespace revenant
