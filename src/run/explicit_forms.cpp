#include "run/explicit_forms.h"

#include <cstring>
#include <utility>

namespace revenant {
namespace {

std::string key_of(std::span<const std::uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

Outcome ExplicitForms::run(std::span<const std::uint8_t> bytes, const Schedule& schedule,
                           sim::FeatureCounters& features) {
  Schedule written;
  Outcome outcome = runner_.run_and_write(schedule, {.features = &features}, written);
  const bool is_new = learned_something(features);
  if (is_new && !outcome.finding && !written.draws && known_.size() < kCapacity) {
    normalize(written);
    known_.insert_or_assign(key_of(bytes), std::move(written));
  }
  return outcome;
}

Schedule ExplicitForms::of(std::span<const std::uint8_t> bytes, const Schedule& schedule) const {
  const auto known = known_.find(key_of(bytes));
  return known != known_.end() ? known->second : schedule;
}

bool ExplicitForms::learned_something(const sim::FeatureCounters& features) {
  bool is_new = false;
  for (std::size_t word = 0; word < features.size(); word += 8) {
    std::uint64_t values = 0;
    std::memcpy(&values, &features[word], sizeof values);
    if (values == 0) continue;
    for (std::size_t i = word; i < word + 8; ++i) {
      if (features[i] == 0) continue;
      const std::uint8_t bucket = sim::bucket_bit(features[i]);
      is_new |= (seen_[i] & bucket) == 0;
      seen_[i] |= bucket;
    }
  }
  return is_new;
}

}  // namespace revenant
