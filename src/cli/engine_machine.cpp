#include "cli/engine_machine.h"

#include <fmt/format.h>

#include <string_view>

#include "cli/files.h"
#include "run/native_runner.h"
#include "run/runner.h"

namespace revenant {
namespace {

const native::RcuFlavor& flavor_of(const std::string& setting) {
  constexpr std::string_view kKey = "flavor=";
  if (!setting.starts_with(kKey)) {
    throw UserError(
        fmt::format("the native engine has no option '{}'; there is: flavor=NAME", setting));
  }
  const std::string name = setting.substr(kKey.size());
  const native::RcuFlavor* const flavor = native::find_flavor(name);
  if (flavor != nullptr) return *flavor;
  std::string names;
  for (const native::RcuFlavor* const known : native::all_flavors()) {
    names.append(names.empty() ? "" : ", ").append(known->name);
  }
  throw UserError(fmt::format("no flavor '{}' of RCU; there is: {}", name, names));
}

kernel::MemoryModel memory_of(const std::string& setting) {
  constexpr std::string_view kKey = "memory=";
  if (!setting.starts_with(kKey)) {
    throw UserError(
        fmt::format("the sim engine has no option '{}'; there is: memory=NAME", setting));
  }
  const std::string name = setting.substr(kKey.size());
  const std::optional<kernel::MemoryModel> model = kernel::find_memory_model(name);
  if (!model) throw UserError(fmt::format("no memory '{}'; there is: sc, weak, alpha", name));
  return *model;
}

}  // namespace

void check_options(const EngineOptions& options) {
  if (options.engine != "sim" && options.engine != "native") {
    throw UserError(fmt::format("no engine '{}'; there is: sim, native", options.engine));
  }
  for (const std::string& setting : options.settings) {
    if (options.engine == "native") {
      flavor_of(setting);
    } else {
      memory_of(setting);
    }
  }
}

EngineMachine::EngineMachine(const EngineOptions& options) {
  check_options(options);
  if (options.engine == "native") {
    const native::RcuFlavor* flavor = native::all_flavors().front();
    for (const std::string& setting : options.settings) flavor = &flavor_of(setting);
    native_.emplace(native::Options{.flavor = *flavor});
    return;
  }
  for (const std::string& setting : options.settings) memory_ = memory_of(setting);
  sim_.emplace();
}

std::unique_ptr<ScheduleRunner> EngineMachine::runner(const Target& target) {
  if (native_) return std::make_unique<NativeRunner>(*native_, *target.subject, *target.variant);
  return std::make_unique<Runner>(*sim_, *target.subject, *target.variant,
                                  memory_.value_or(target.variant->memory));
}

std::string as_arguments(const EngineOptions& options) {
  std::string text = options.engine == "sim" ? "" : " --engine " + options.engine;
  for (const std::string& setting : options.settings) text += " --engine-option=" + setting;
  return text;
}

}  // namespace revenant
