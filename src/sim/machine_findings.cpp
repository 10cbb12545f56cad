// How a run of the machine comes to its finding.
#include <algorithm>
#include <utility>

#include "sim/machine.h"
#include "sim/sanitizers.h"

namespace revenant::sim {

void Machine::raise(FindingKind kind, Site site, std::string text, std::uintptr_t about) {
  keep(kind, here(), site, std::move(text), about);
  throw Abandoned{};
}

void Machine::raise_soon(FindingKind kind, std::uintptr_t address) {
  if (pending_ || stopping_) return;
  pending_ = true;
  pending_kind_ = kind;
  pending_address_ = address;
}

void Machine::raise_pending() {
  pending_ = false;
  SanitizerVerdict verdict = explain_sanitizer(pending_kind_, pending_address_);
  raise(verdict.kind, current_->site, std::move(verdict.text), pending_address_);
}

void Machine::report(FindingKind kind, Site site, std::string text) {
  if (!finding_) keep(kind, here(), site, std::move(text));
}

void Machine::keep(FindingKind kind, const Anchor& at, Site site, std::string text,
                   std::uintptr_t about) {
  finding_ = Finding{
      .kind = kind, .at = at, .step = step_, .site = site, .text = std::move(text), .about = about};
  stopping_ = true;
  if (observers_.on_finding != nullptr) observers_.on_finding(*finding_);
}

// Found by the CPU that ended or fell asleep last, which is an accident of the schedule. To blame
// is one that waits, always the same one, so that a deadlock has one signature.
void Machine::keep_deadlock() {
  const auto* const waiting =
      std::ranges::find_if(cpus_, [](const Cpu& cpu) { return cpu.channel != nullptr; });
  const Cpu& guilty = waiting == cpus_.end() ? *current_ : *waiting;
  keep(FindingKind::kDeadlock, guilty.here(), guilty.site, deadlock_text());
}

std::string Machine::deadlock_text() const {
  std::string text;
  for (const Cpu& cpu : cpus_) {
    if (cpu.channel == nullptr) continue;
    const auto address = reinterpret_cast<std::uintptr_t>(cpu.waits_for);
    if (!text.empty()) text += ", ";
    text += "CPU " + std::to_string(index_of(cpu.id)) + " waits for " +
            (address == 0 ? "a grace period" : memory_.name_at(address, 0));
  }
  return text.empty() ? "RCU callbacks wait for a grace period" : text;
}

}  // namespace revenant::sim
