#include "run/transcript.h"

namespace revenant {

std::string transcript_of(const sim::Trace& trace, const Outcome& outcome,
                          const sim::MemoryMap& memory) {
  std::string text;
  for (const sim::Event& event : trace.events()) {
    text += std::to_string(event.step) + " CPU " + std::to_string(index_of(event.at.cpu)) + " " +
            describe(event, memory) + "\n";
  }
  text += std::to_string(outcome.steps) + " steps";
  if (outcome.finding) {
    text += ", " + std::string(name_of(outcome.finding->kind)) + " at step " +
            std::to_string(outcome.finding->step) + ": " + outcome.finding->text;
  }
  return text + "\n";
}

bool is_same_up_to_a_race(const std::string& a, const std::string& b) {
  if (a == b) return true;
  const std::string& longer = a.size() < b.size() ? b : a;
  const std::string& shorter = a.size() < b.size() ? a : b;
  const std::size_t outcome = shorter.rfind('\n', shorter.size() - 2) + 1;
  return shorter.find("data-race at step", outcome) != std::string::npos &&
         longer.starts_with(shorter.substr(0, outcome));
}

}  // namespace revenant
