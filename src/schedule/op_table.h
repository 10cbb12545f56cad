// A subject's ops with all their arguments, numbered without gaps: what the codecs know of a
// subject.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/rng.h"
#include "schedule/schedule.h"

namespace revenant {

class OpTable {
 public:
  // The subject's table must outlive the object.
  explicit OpTable(std::span<const OpSpec> ops);

  // At least 1, at most 65536.
  std::uint32_t size() const { return starts_.back(); }
  // Requires number < size().
  OpCall call(std::uint32_t number) const;
  std::uint32_t number(const OpCall& call) const;

  const OpSpec& spec(const OpCall& call) const { return ops_[call.op]; }
  std::span<const OpSpec> specs() const { return ops_; }

 private:
  std::span<const OpSpec> ops_;
  std::vector<std::uint32_t> starts_;  // The number of each op's first call; and size().
};

// Each kind as often as any other, however many arguments it has.
OpCall any_op(const OpTable& table, Rng& rng);

// "lock page0"
std::string to_text(const OpTable& table, const OpCall& call);

}  // namespace revenant
