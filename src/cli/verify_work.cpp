#include "cli/verify_work.h"

#include <fmt/format.h>

#include <cstring>
#include <nlohmann/json.hpp>

#include "cli/crash.h"
#include "cli/files.h"
#include "cli/interrupt.h"
#include "cli/verify_json.h"
#include "schedule/byte_codec.h"

namespace revenant {
namespace {

using nlohmann::json;

VerifyBounds bounds_of(const VerifyOptions& options) {
  return {.preemptions = options.preemptions,
          .choices = options.choices,
          .reduces = !options.all_orders};
}

class PartSearch {
 public:
  PartSearch(const Target& target, const VerifyOptions& options, std::uint64_t budget)
      : target_(target),
        bounds_(bounds_of(options)),
        budget_(budget),
        runner_(machine_, *target.subject, *target.variant) {}

  // False where the part ends here.
  bool search(std::uint64_t number, const Schedule& program, const VerifySlice& slice,
              VisitedStates& states, bool keeps_news, VerifyPart& part) {
    set_crash_context(fmt::format("{}/{}: program {} of the search", target_.subject->name,
                                  target_.variant->name, number));
    Verifier verifier(runner_, program, bounds_, states);
    verifier.resume(slice);
    const std::uint64_t before = result.schedules;
    const VerifyResult found = verifier.run([&](const VerifyProgress& now) {
      if (!keeps_news) states.forget_news();
      return goes_on(before + now.schedules);
    });
    result.schedules += found.schedules;
    if (found.finding) {
      result.failing = {found.schedule, found.finding->kind, found.finding->text};
    }
    if (found.finding || found.finished) ++result.programs;
    if (found.finished) return true;
    // Who goes on from a finding meets it again: it must not be lost behind a checkpoint.
    part.first = number;
    part.slice = verifier.slice();
    result.left = part;
    return false;
  }

  PartResult result;

 private:
  bool goes_on(std::uint64_t schedules) const {
    constexpr std::uint64_t kBetweenLooks = 64;
    if (budget_ != 0 && schedules >= budget_) return false;
    return schedules % kBetweenLooks != 0 || !was_interrupted();
  }

  Target target_;
  VerifyBounds bounds_;
  std::uint64_t budget_;
  sim::Machine machine_;
  Runner runner_;
};

json failing_json(const Failing& failing, const OpTable& table) {
  return {{"schedule", encode(failing.schedule, table)},
          {"kind", name_of(failing.kind)},
          {"text", failing.text}};
}

Failing failing_of(const json& failing, const OpTable& table) {
  return {decode(failing["schedule"].get<std::vector<std::uint8_t>>(), table),
          finding_kind_of(failing["kind"].get<std::string>()).value(),
          failing["text"].get<std::string>()};
}

}  // namespace

VerifyWork::VerifyWork(const Target& target, const VerifyOptions& options)
    : table_(target.subject->ops) {
  if (options.program.empty()) {
    all_.emplace(table_, options.cpus, options.ops);
  } else {
    one_ = read_schedule(options.program, target.subject->name, table_);
    if (one_->draws) {
      throw UserError(fmt::format(
          "--program {}: expected all ops to be listed, and the walk draws some", options.program));
    }
  }
}

PartResult search_part(const Target& target, const VerifyOptions& options, const VerifyWork& work,
                       const VerifyPart& part, std::uint64_t budget, VisitedStates& states) {
  PartSearch search(target, options, budget);
  VerifyPart rest = part;
  for (std::uint64_t number = part.first; number < part.end; ++number) {
    const std::optional<Schedule> program = work.program(number);
    if (!program) continue;
    const VerifySlice slice = number == part.first ? part.slice : VerifySlice{};
    if (work.is_one_program()) {
      search.search(number, *program, slice, states, true, rest);
      const auto news = states.news();
      search.result.news.assign(news.begin(), news.end());
      search.result.forgot_states = states.forgot();
    } else {
      VisitedStates own(options.max_states);
      const bool goes_on = search.search(number, *program, slice, own, false, rest);
      search.result.states += own.size();
      search.result.forgot_states |= own.forgot();
      if (!goes_on) break;
    }
  }
  return std::move(search.result);
}

// The news as they are in memory, after the line that has the rest.
std::string packed(const PartResult& result, const OpTable& table) {
  json line{{"programs", result.programs},
            {"schedules", result.schedules},
            {"states", result.states},
            {"forgot_states", result.forgot_states},
            {"left", nullptr},
            {"failing", nullptr}};
  if (result.left) line["left"] = to_json(*result.left);
  if (result.failing) line["failing"] = failing_json(*result.failing, table);
  std::string text = line.dump() + "\n";
  const std::size_t start = text.size();
  text.resize(start + result.news.size() * sizeof(VisitedState));
  if (!result.news.empty()) {
    std::memcpy(text.data() + start, result.news.data(), text.size() - start);
  }
  return text;
}

PartResult unpacked(const std::string& text, const OpTable& table) {
  const std::size_t start = text.find('\n') + 1;
  const json line = json::parse(text.substr(0, start));
  PartResult result{.programs = line["programs"].get<std::uint64_t>(),
                    .schedules = line["schedules"].get<std::uint64_t>(),
                    .states = line["states"].get<std::uint64_t>(),
                    .forgot_states = line["forgot_states"].get<bool>()};
  if (!line["left"].is_null()) result.left = part_of(line["left"]);
  if (!line["failing"].is_null()) result.failing = failing_of(line["failing"], table);
  result.news.resize((text.size() - start) / sizeof(VisitedState));
  if (!result.news.empty()) {
    std::memcpy(result.news.data(), text.data() + start, text.size() - start);
  }
  return result;
}

}  // namespace revenant
