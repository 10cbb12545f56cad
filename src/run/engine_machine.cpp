#include "run/engine_machine.h"

#include <string_view>

#include "base/user_error.h"
#include "run/native_runner.h"
#include "run/runner.h"

namespace revenant {
namespace {

// What follows "key=" in a setting of that engine, whose one key it is.
std::string value_of(const std::string& setting, const std::string& key,
                     const std::string& engine) {
  if (setting.starts_with(key + "=")) return setting.substr(key.size() + 1);
  throw UserError("the " + engine + " engine has no option '" + setting + "'; there is: " + key +
                  "=NAME");
}

const native::RcuFlavor& flavor_of(const std::string& setting) {
  const std::string name = value_of(setting, "flavor", "native");
  const native::RcuFlavor* const flavor = native::find_flavor(name);
  if (flavor != nullptr) return *flavor;
  throw UserError("no flavor '" + name + "' of RCU; there is: " +
                  listed(native::all_flavors(), [](const auto* known) { return known->name; }));
}

kernel::MemoryModel memory_of(const std::string& setting) {
  const std::string name = value_of(setting, "memory", "sim");
  const std::optional<kernel::MemoryModel> model = kernel::find_memory_model(name);
  if (model) return *model;
  throw UserError("no memory '" + name + "'; there is: sc, weak, alpha");
}

}  // namespace

void check_options(const EngineOptions& options) {
  if (options.engine != "sim" && options.engine != "native") {
    throw UserError("no engine '" + options.engine + "'; there is: sim, native");
  }
  for (const std::string& setting : options.settings) {
    if (options.engine == "native") {
      flavor_of(setting);
    } else {
      memory_of(setting);
    }
  }
}

std::optional<kernel::MemoryModel> chosen_memory(const EngineOptions& options) {
  check_options(options);
  if (options.engine != "sim" || options.settings.empty()) return std::nullopt;
  return memory_of(options.settings.back());
}

EngineMachine::EngineMachine(const EngineOptions& options) : memory_(chosen_memory(options)) {
  if (options.engine == "sim") {
    sim_.emplace();
    return;
  }
  const native::RcuFlavor* flavor = native::all_flavors().front();
  if (!options.settings.empty()) flavor = &flavor_of(options.settings.back());
  native_.emplace(native::Options{.flavor = *flavor});
}

std::unique_ptr<ScheduleRunner> EngineMachine::runner(const Subject& subject,
                                                      const Variant& variant) {
  if (native_) return std::make_unique<NativeRunner>(*native_, subject, variant);
  return std::make_unique<Runner>(*sim_, subject, variant, memory_.value_or(variant.memory));
}

std::string as_arguments(const EngineOptions& options) {
  std::string text = options.engine == "sim" ? "" : " --engine " + options.engine;
  for (const std::string& setting : options.settings) text += " --engine-option=" + setting;
  return text;
}

}  // namespace revenant
