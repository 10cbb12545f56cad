#include "sim/trace.h"

#include <array>
#include <charconv>
#include <utility>

namespace revenant::sim {
namespace {

enum class Shape : std::uint8_t {
  kText,   // the text alone
  kPlain,  // f()
  kCall,   // f(object.field)
  kWhole,  // f(object)
  kLoad,   // f(object) = value
  kStore,  // f(object, value)
  kAlter,  // f(object) old -> new
  kTest,   // f(object) old -> new = result
  kTry,    // f(object) = result
};

struct Form {
  std::string_view name;
  Shape shape;
};

constexpr std::array<Form, 47> kForms{{
    {"begin", Shape::kText},
    {"end", Shape::kText},
    {"", Shape::kText},
    {"waits for", Shape::kCall},
    {"READ_ONCE", Shape::kLoad},
    {"WRITE_ONCE", Shape::kStore},
    {"smp_load_acquire", Shape::kLoad},
    {"smp_store_release", Shape::kStore},
    {"rcu_dereference", Shape::kLoad},
    {"rcu_assign_pointer", Shape::kStore},
    {"xchg", Shape::kAlter},
    {"cmpxchg", Shape::kTest},
    {"smp_mb", Shape::kPlain},
    {"smp_rmb", Shape::kPlain},
    {"smp_wmb", Shape::kPlain},
    {"atomic_read", Shape::kLoad},
    {"atomic_set", Shape::kStore},
    {"atomic_inc", Shape::kAlter},
    {"atomic_dec", Shape::kAlter},
    {"atomic_add", Shape::kAlter},
    {"atomic_inc_return", Shape::kAlter},
    {"atomic_dec_return", Shape::kAlter},
    {"atomic_dec_and_test", Shape::kTest},
    {"atomic_inc_not_zero", Shape::kTest},
    {"atomic_cmpxchg", Shape::kTest},
    {"mutex_lock", Shape::kCall},
    {"mutex_trylock", Shape::kTry},
    {"mutex_unlock", Shape::kCall},
    {"mutex_is_locked", Shape::kTry},
    {"spin_lock", Shape::kCall},
    {"spin_unlock", Shape::kCall},
    {"down_read", Shape::kCall},
    {"down_read_trylock", Shape::kTry},
    {"up_read", Shape::kCall},
    {"down_write", Shape::kCall},
    {"up_write", Shape::kCall},
    {"rwsem_is_locked", Shape::kTry},
    {"rcu_read_lock", Shape::kPlain},
    {"rcu_read_unlock", Shape::kPlain},
    {"synchronize_rcu begins", Shape::kText},
    {"synchronize_rcu ends", Shape::kText},
    {"call_rcu", Shape::kWhole},
    {"rcu callback", Shape::kWhole},
    {"rcu_barrier", Shape::kPlain},
    {"kmem_cache_alloc", Shape::kWhole},
    {"kmem_cache_free", Shape::kWhole},
    {"slab page returned", Shape::kWhole},
}};
static_assert(kForms.size() == static_cast<std::size_t>(Primitive::kSlabPageReturned) + 1);

constexpr std::array<std::string_view, 4> kSuffixes{"", "_relaxed", "_acquire", "_release"};

std::string number(std::uint64_t bits) {
  constexpr std::int64_t kSmall = 1 << 16;
  const auto value = static_cast<std::int64_t>(bits);
  if (-kSmall < value && value < kSmall) return std::to_string(value);
  std::array<char, 16> digits{};
  const auto end = std::to_chars(digits.begin(), digits.end(), bits, 16).ptr;
  return "0x" + std::string(digits.begin(), end);
}

// A pointer may carry tags in its two low bits, as page->mapping does.
std::string value_name(const Operand& operand, const MemoryMap& map) {
  constexpr std::uint64_t kTagBits = 3;
  const std::uint64_t address = operand.bits & ~kTagBits;
  const Region* const region = map.find(address);
  if (region == nullptr) return number(operand.bits);
  std::string name = address == region->begin ? map.object_at(address, operand.life)
                                              : "&" + map.name_at(address, operand.life);
  if ((operand.bits & kTagBits) != 0) name += "+" + std::to_string(operand.bits & kTagBits);
  return name;
}

}  // namespace

std::string name_of(const Event& event) {
  return std::string(kForms[static_cast<std::size_t>(event.what)].name)
      .append(kSuffixes[static_cast<std::size_t>(event.suffix)]);
}

void Trace::add(const Event& event) {
  if (events_.size() < events_.capacity()) events_.push_back(event);
}

std::string describe(const Event& event, const MemoryMap& map) {
  const Form& form = kForms[static_cast<std::size_t>(event.what)];
  std::string text = name_of(event);
  if (event.what == Primitive::kBlocked && event.object.bits == 0) return text + " a grace period";
  if (form.shape == Shape::kText) {
    if (event.text != nullptr) text.append(text.empty() ? "" : " ").append(event.text);
    return text;
  }
  text += "(";
  if (form.shape == Shape::kWhole) {
    text += map.object_at(event.object.bits, event.object.life);
  } else if (form.shape != Shape::kPlain) {
    text += map.name_at(event.object.bits, event.object.life);
  }
  if (form.shape == Shape::kStore) text += ", " + value_name(event.value, map);
  text += ")";
  if (form.shape == Shape::kLoad) text += " = " + value_name(event.value, map);
  if (form.shape == Shape::kAlter || form.shape == Shape::kTest) {
    text += " " + value_name(event.old_value, map) + " -> " + value_name(event.value, map);
  }
  if (form.shape == Shape::kTest || form.shape == Shape::kTry) {
    text += event.result != 0 ? " = true" : " = false";
  }
  if (event.newest) text += " [newest: " + value_name(*event.newest, map) + "]";
  return text;
}

}  // namespace revenant::sim
