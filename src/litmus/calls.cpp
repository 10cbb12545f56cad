// The part of BodyParser that knows the primitives of the Linux kernel.
#include <algorithm>
#include <array>

#include "litmus/body_parser.h"

namespace revenant::litmus {
namespace {

using Op = Instruction::Op;
using Beside = Instruction::Beside;
using memory::LockKind;
using memory::Order;

// Of arguments: t is an access as "*p", p a pointer, v a value.
struct Primitive {
  std::string_view name;
  std::string_view arguments{};
  Op op{};
  Order order = Order::kRelaxed;
  LockKind lock = LockKind::kSpin;
  Beside beside = Beside::kNothing;
};

constexpr Primitive kPrimitives[] = {
    {"READ_ONCE", "t", Op::kLoad},
    {"ACCESS_ONCE", "t", Op::kLoad},
    {"rcu_dereference", "t", Op::kLoad},
    {"lockless_dereference", "t", Op::kLoad},
    {"atomic_read", "p", Op::kLoad},
    {"smp_load_acquire", "p", Op::kLoad, Order::kAcquire},
    {"atomic_read_acquire", "p", Op::kLoad, Order::kAcquire},
    {"spin_is_locked", "p", Op::kLoad},
    {"mutex_is_locked", "p", Op::kLoad},
    {"WRITE_ONCE", "tv", Op::kStore},
    {"atomic_set", "pv", Op::kStore},
    {"rcu_assign_pointer", "tv", Op::kStore, Order::kRelease},
    {"smp_store_release", "pv", Op::kStore, Order::kRelease},
    {"atomic_set_release", "pv", Op::kStore, Order::kRelease},
    {"smp_store_mb", "tv", Op::kStore, Order::kFull},
    {"smp_mb", "", Op::kFence},
    {.name = "smp_mb__before_atomic", .op = Op::kFence, .beside = Beside::kAtomicBehind},
    {.name = "smp_mb__after_atomic", .op = Op::kFence, .beside = Beside::kAtomicBefore},
    {.name = "smp_mb__after_spinlock", .op = Op::kFence, .beside = Beside::kLockBefore},
    {.name = "smp_mb__after_unlock_lock", .op = Op::kFence, .beside = Beside::kLockBefore},
    {"smp_mb__after_srcu_read_unlock", "", Op::kFence},
    {"smp_rmb", "", Op::kReadBarrier},
    {"smp_wmb", "", Op::kWriteBarrier},
    {"spin_lock", "p", Op::kLock},
    {"spin_unlock", "p", Op::kUnlock},
    {"spin_trylock", "p", Op::kTrylock},
    {"mutex_lock", "p", Op::kLock, Order::kRelaxed, LockKind::kMutex},
    {"mutex_unlock", "p", Op::kUnlock, Order::kRelaxed, LockKind::kMutex},
    {"mutex_trylock", "p", Op::kTrylock, Order::kRelaxed, LockKind::kMutex},
    {"rcu_read_lock", "", Op::kReadLock},
    {"rcu_read_unlock", "", Op::kReadUnlock},
    {"synchronize_rcu", "", Op::kBeginGracePeriod},
    {"synchronize_rcu_expedited", "", Op::kBeginGracePeriod},
    {"srcu_read_lock", "p", Op::kReadLock},
    {"srcu_down_read", "p", Op::kReadLock},
    {"srcu_read_unlock", "pv", Op::kReadUnlock},
    {"srcu_up_read", "pv", Op::kReadUnlock},
    {"synchronize_srcu", "p", Op::kBeginGracePeriod},
    {"synchronize_srcu_expedited", "p", Op::kBeginGracePeriod},
};

// What a call returns, of the old value and the operands.
enum ResultKind : std::uint8_t { kNothing, kOld, kNew, kNewIsZero, kNewIsNegative, kOldIsOther };

enum class Arithmetic : std::uint8_t {
  kAsIs,
  kOne,
  kMinus,
  kMinusOne,
  kComplement,
  kOneUnlessZero
};

struct Atomic {
  std::string_view name;
  std::string_view arguments;
  memory::Update::Function update;
  Arithmetic operands;
  ResultKind result;
};

namespace up = memory::updates;

// Without "atomic_", "_relaxed", "_acquire" and "_release".
constexpr Atomic kAtomics[] = {
    {"xchg", "pv", &up::exchange, Arithmetic::kAsIs, kOld},
    {"cmpxchg", "pvv", &up::compare_exchange, Arithmetic::kAsIs, kOld},
    {"add_unless", "pvv", &up::add_unless, Arithmetic::kAsIs, kOldIsOther},
    {"fetch_add_unless", "pvv", &up::add_unless, Arithmetic::kAsIs, kOld},
    {"inc_not_zero", "p", &up::add_unless, Arithmetic::kOneUnlessZero, kOldIsOther},
    {"add", "vp", &up::add, Arithmetic::kAsIs, kNothing},
    {"sub", "vp", &up::add, Arithmetic::kMinus, kNothing},
    {"inc", "p", &up::add, Arithmetic::kOne, kNothing},
    {"dec", "p", &up::add, Arithmetic::kMinusOne, kNothing},
    {"and", "vp", &up::bit_and, Arithmetic::kAsIs, kNothing},
    {"or", "vp", &up::bit_or, Arithmetic::kAsIs, kNothing},
    {"xor", "vp", &up::bit_xor, Arithmetic::kAsIs, kNothing},
    {"andnot", "vp", &up::bit_and, Arithmetic::kComplement, kNothing},
    {"add_return", "vp", &up::add, Arithmetic::kAsIs, kNew},
    {"sub_return", "vp", &up::add, Arithmetic::kMinus, kNew},
    {"inc_return", "p", &up::add, Arithmetic::kOne, kNew},
    {"dec_return", "p", &up::add, Arithmetic::kMinusOne, kNew},
    {"sub_and_test", "vp", &up::add, Arithmetic::kMinus, kNewIsZero},
    {"inc_and_test", "p", &up::add, Arithmetic::kOne, kNewIsZero},
    {"dec_and_test", "p", &up::add, Arithmetic::kMinusOne, kNewIsZero},
    {"add_negative", "vp", &up::add, Arithmetic::kAsIs, kNewIsNegative},
    {"fetch_add", "vp", &up::add, Arithmetic::kAsIs, kOld},
    {"fetch_sub", "vp", &up::add, Arithmetic::kMinus, kOld},
    {"fetch_inc", "p", &up::add, Arithmetic::kOne, kOld},
    {"fetch_dec", "p", &up::add, Arithmetic::kMinusOne, kOld},
    {"fetch_and", "vp", &up::bit_and, Arithmetic::kAsIs, kOld},
    {"fetch_or", "vp", &up::bit_or, Arithmetic::kAsIs, kOld},
    {"fetch_xor", "vp", &up::bit_xor, Arithmetic::kAsIs, kOld},
    {"fetch_andnot", "vp", &up::bit_and, Arithmetic::kComplement, kOld},
};

Order take_order(std::string_view& name) {
  struct Suffix {
    std::string_view text;
    Order order;
  };
  static constexpr Suffix kSuffixes[] = {
      {"_relaxed", Order::kRelaxed}, {"_acquire", Order::kAcquire}, {"_release", Order::kRelease}};
  for (const Suffix& suffix : kSuffixes) {
    if (!name.ends_with(suffix.text)) continue;
    name.remove_suffix(suffix.text.size());
    return suffix.order;
  }
  return Order::kFull;
}

// Whether there was any; xchg and cmpxchg need none.
bool take_prefix(std::string_view& name) {
  if (name == "__atomic_add_unless") name = "atomic_fetch_add_unless";
  for (const std::string_view prefix : {"atomic_long_", "atomic64_", "atomic_"}) {
    if (!name.starts_with(prefix)) continue;
    name.remove_prefix(prefix.size());
    return true;
  }
  return false;
}

}  // namespace

std::vector<BodyParser::Root> BodyParser::arguments(std::string_view signature) {
  std::vector<Root> roots;
  cursor_.expect("(");
  for (const char kind : signature) {
    if (!roots.empty()) cursor_.expect(",");
    roots.push_back(kind == 't' ? target() : expression());
  }
  cursor_.expect(")");
  return roots;
}

void BodyParser::set_domain(Instruction& instruction, Root lock_word) {
  const Expression& node = process_.expressions[lock_word];
  if (node.kind != Expression::Kind::kNumber || !is_address(node.number)) {
    cursor_.fail("a parameter that names the srcu_struct");
  }
  for (std::uint32_t i = 0; i < srcu_words_.size(); ++i) {
    if (srcu_words_[i] == node.number) instruction.domain = static_cast<memory::DomainId>(i + 1);
  }
  if (instruction.domain != memory::kRcu) return;
  if (srcu_words_.size() + 1 == memory::kMaxDomains) cursor_.fail("at most 7 srcu_structs");
  srcu_words_.push_back(node.number);
  instruction.domain = static_cast<memory::DomainId>(srcu_words_.size());
}

BodyParser::Root BodyParser::call(std::string_view name, std::size_t first_token) {
  if (name == "barrier") {
    arguments("");
    return number(0);
  }
  const auto* const found = std::ranges::find(kPrimitives, name, &Primitive::name);
  if (found == std::end(kPrimitives)) return call_atomic(name, first_token);
  const std::vector<Root> roots = arguments(found->arguments);
  Instruction instruction{
      .op = found->op, .beside = found->beside, .order = found->order, .lock = found->lock};
  if (!roots.empty()) instruction.address = operand(roots[0]);
  const bool is_rcu = found->op == Op::kReadLock || found->op == Op::kReadUnlock ||
                      found->op == Op::kBeginGracePeriod;
  if (is_rcu && !roots.empty()) set_domain(instruction, roots[0]);
  if (found->op == Op::kStore) {
    instruction.value = operand(roots[1]);
    if (found->order == Order::kFull) instruction.order = Order::kRelaxed;
  }
  if (found->op == Op::kLoad || found->op == Op::kTrylock) {
    return emit_with_result(instruction, first_token);
  }
  const memory::DomainId domain = instruction.domain;
  emit(instruction, first_token);
  if (found->order == Order::kFull) emit({.op = Op::kFence}, first_token);
  if (found->op == Op::kBeginGracePeriod) {
    emit({.op = Op::kEndGracePeriod, .domain = domain}, first_token);
  }
  return number(0);
}

BodyParser::Root BodyParser::value_of_update(std::size_t result_kind, Root old,
                                             const std::vector<Root>& operands) {
  switch (result_kind) {
    case kNothing:
      return number(0);
    case kOld:
      return old;
    case kOldIsOther:
      return combined(Operator::kNotEqual, old, operands[1]);
    default:
      break;
  }
  const Root fresh = combined(Operator::kAdd, old, operands[0]);
  if (result_kind == kNew) return fresh;
  return combined(result_kind == kNewIsZero ? Operator::kEqual : Operator::kLess, fresh, number(0));
}

BodyParser::Root BodyParser::call_atomic(std::string_view name, std::size_t first_token) {
  std::string_view base = name;
  const bool has_prefix = take_prefix(base);
  const Order order = take_order(base);
  const auto* const found = std::ranges::find(kAtomics, base, &Atomic::name);
  const bool is_known = found != std::end(kAtomics) &&
                        (has_prefix || base == "xchg" || base == "cmpxchg") &&
                        (found->result != kNothing || order == Order::kFull);
  if (!is_known) {
    cursor_.source().fail(
        cursor_.source().tokens()[first_token].offset,
        "a primitive of the Linux-kernel memory model, not '" + std::string(name) + "'");
  }
  std::vector<Root> roots = arguments(found->arguments);
  const Root at = found->arguments.front() == 'v' ? roots[1] : roots[0];
  std::erase(roots, at);
  switch (found->operands) {
    case Arithmetic::kAsIs:
      break;
    case Arithmetic::kOne:
      roots = {number(1)};
      break;
    case Arithmetic::kMinusOne:
      roots = {number(-1)};
      break;
    case Arithmetic::kOneUnlessZero:
      roots = {number(1), number(0)};
      break;
    case Arithmetic::kMinus:
    case Arithmetic::kComplement:
      roots = {add(
          {.kind = Expression::Kind::kUnary,
           .op = found->operands == Arithmetic::kMinus ? Operator::kNegate : Operator::kComplement,
           .parts = {roots[0], 0, 0}})};
      break;
  }
  Instruction instruction{.op = Op::kUpdate,
                          .order = found->result == kNothing ? Order::kNoReturn : order,
                          .update = found->update,
                          .address = operand(at),
                          .value = operand(roots[0])};
  if (roots.size() > 1) instruction.second = operand(roots[1]);
  const Root old = emit_with_result(instruction, first_token);
  return value_of_update(found->result, old, roots);
}

}  // namespace revenant::litmus
