#include "schedule/op_table.h"

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

OpTable::OpTable(std::span<const OpSpec> ops) : ops_(ops) {
  for (const OpSpec& spec : ops) size_ += combinations(spec);
  REVENANT_CHECK(size_ >= 1 && size_ <= 0x10000 && ops.size() <= 0x100);
}

OpCall OpTable::call(std::uint32_t number) const {
  OpCall call;
  while (number >= combinations(ops_[call.op])) number -= combinations(ops_[call.op++]);
  std::size_t index = 0;
  for (const Argument& argument : ops_[call.op].arguments) {
    call.arguments[index++] = static_cast<std::uint8_t>(number % argument.count);
    number /= argument.count;
  }
  return call;
}

std::uint32_t OpTable::number(const OpCall& call) const {
  std::uint32_t number = 0;
  for (std::size_t op = 0; op < call.op; ++op) number += combinations(ops_[op]);
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
