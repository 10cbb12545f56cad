#include "schedule/op_table.h"

#include <algorithm>

#include "base/check.h"
#include "base/decimal.h"

namespace revenant {
namespace {

std::uint32_t combinations(const OpSpec& spec) {
  std::uint32_t count = 1;
  for (const Argument& argument : spec.arguments) count *= argument.count;
  return count;
}

}  // namespace

OpTable::OpTable(std::span<const OpSpec> ops) : ops_(ops), starts_{0} {
  for (const OpSpec& spec : ops) starts_.push_back(starts_.back() + combinations(spec));
  REVENANT_CHECK(size() >= 1 && size() <= 0x10000 && ops.size() <= 0x100);
}

OpCall OpTable::call(std::uint32_t number) const {
  OpCall call;
  const auto behind = std::ranges::upper_bound(starts_, number);
  call.op = static_cast<std::uint8_t>(behind - starts_.begin() - 1);
  number -= starts_[call.op];
  std::size_t index = 0;
  for (const Argument& argument : ops_[call.op].arguments) {
    call.arguments[index++] = static_cast<std::uint8_t>(number % argument.count);
    number /= argument.count;
  }
  return call;
}

std::uint32_t OpTable::number(const OpCall& call) const {
  std::uint32_t number = starts_[call.op];
  std::uint32_t weight = 1;
  std::size_t index = 0;
  for (const Argument& argument : ops_[call.op].arguments) {
    number += weight * call.arguments[index++];
    weight *= argument.count;
  }
  return number;
}

OpCall any_op(const OpTable& table, Rng& rng) {
  OpCall call;
  call.op = static_cast<std::uint8_t>(rng.below(static_cast<std::uint32_t>(table.specs().size())));
  std::size_t index = 0;
  for (const Argument& argument : table.spec(call).arguments) {
    call.arguments[index++] = static_cast<std::uint8_t>(rng.below(argument.count));
  }
  return call;
}

std::string to_text(const OpTable& table, const OpCall& call) {
  const OpSpec& spec = table.spec(call);
  std::string text(spec.name);
  std::size_t index = 0;
  for (const Argument& argument : spec.arguments) {
    text.append(" ").append(argument.name).append(decimal(call.arguments[index++]));
  }
  return text;
}

}  // namespace revenant
