#include "memory/view_machine.h"

#include <algorithm>

#include "base/check.h"

namespace revenant::memory {
namespace {

// Loops over views are over a multiple of this, so that they become vector instructions.
constexpr std::size_t kLanes = 8;

constexpr std::size_t up_to_lanes(std::size_t count) {
  return (count + kLanes - 1) / kLanes * kLanes;
}

constexpr std::size_t kScratchViews = 3;

}  // namespace

ViewMachine::ViewMachine(const Sizes& sizes, Rules rules)
    : sizes_(sizes), rules_(rules), stride_(up_to_lanes(sizes.locations)) {
  REVENANT_CHECK(sizes.cpus >= 1 && sizes.cpus <= kMaxCpus);
  REVENANT_CHECK(sizes.domains >= 1 && sizes.domains <= kMaxDomains);
  REVENANT_CHECK(sizes.epochs >= 2 && sizes.epochs <= kMaxEpochs && sizes.locations < 0xffff &&
                 sizes.messages < 0xffff);
  first_strong_ = std::size_t{sizes.cpus} * kCpuViewCount;
  first_scratch_ = first_strong_ + 1 + sizes.domains;
  first_dependency_ = first_scratch_ + kScratchViews;
  first_epoch_ = first_dependency_ + sizes.dependencies;
  first_message_ = first_epoch_ + sizes.epochs;
  views_.resize((first_message_ + std::size_t{2} * sizes.messages) * stride_);
  messages_.resize(sizes.messages);
  locations_.resize(sizes.locations);
  if (sizes.finds_races) clocks_ = RaceClocks(sizes.locations, sizes.messages);
}

void ViewMachine::reset() {
  // Messages clear their views when they come, epochs theirs when they are made.
  for (std::size_t i = 0; i <= first_epoch_; ++i) std::fill_n(view(i), width_, 0);
  width_ = 0;
  location_count_ = slot_count_ = 0;
  epoch_count_ = 1;
  strong_is_new_ = lost_choices_ = false;
  grace_period_epoch_.fill(0);
  race_.reset();
  cpus_.fill({});
  clocks_.reset();
}

bool ViewMachine::has_room(std::uint32_t history) const {
  return location_count_ < sizes_.locations && slot_count_ + history <= sizes_.messages;
}

LocationId ViewMachine::add_location(Value initial, std::uint32_t history) {
  REVENANT_CHECK(has_room(history) && history >= 2 && history <= kMaxHistory);
  Location& fresh = locations_[location_count_];
  fresh = {.first_slot = static_cast<std::uint16_t>(slot_count_),
           .capacity = static_cast<std::uint8_t>(history),
           .count = 1};
  messages_[slot_count_] = {.value = initial, .by = kNobody};
  slot_count_ += history;
  const auto at = static_cast<LocationId>(location_count_++);
  width_ = up_to_lanes(location_count_);
  return at;
}

void ViewMachine::settle() {
  for (std::size_t i = 0; i <= first_epoch_; ++i) std::fill_n(view(i), width_, 0);
  for (std::uint32_t x = 0; x < location_count_; ++x) {
    Location& location = locations_[x];
    const Value value = messages_[slot(location, location.count - 1U)].value;
    location.order[0] = 0;
    location.count = 1;
    location.is_uneven = false;
    messages_[location.first_slot] = {.value = value, .by = kNobody};
  }
  epoch_count_ = 1;
  strong_is_new_ = false;
  grace_period_epoch_.fill(0);
  cpus_.fill({});
  clocks_.reset();
}

void ViewMachine::join(Position* into, const Position* other) const { join(into, other, width_); }

void ViewMachine::join(Position* into, const Position* other, std::size_t width) const {
  for (std::size_t i = 0; i < width; i += kLanes) {
    for (std::size_t lane = i; lane < i + kLanes; ++lane) {
      into[lane] = std::max(into[lane], other[lane]);
    }
  }
}

bool ViewMachine::join_and_tell(Position* into, const Position* other) const {
  Position grown = 0;
  for (std::size_t i = 0; i < width_; i += kLanes) {
    for (std::size_t lane = i; lane < i + kLanes; ++lane) {
      const Position joined = std::max(into[lane], other[lane]);
      grown |= joined ^ into[lane];
      into[lane] = joined;
    }
  }
  return grown != 0;
}

void ViewMachine::copy(Position* into, const Position* other) const {
  std::copy_n(other, width_, into);
}

void ViewMachine::all_known(CpuId cpu, Position* into) const {
  // Reads not yet ordered, and what strong fences knew, are always below the write floor.
  // One pass, since this is half of what a run with weak memory costs.
  const Position* const coherence = of(cpu, kCoherence);
  const Position* const read_floor = of(cpu, kReadFloor);
  const Position* const write_floor = of(cpu, kWriteFloor);
  const Position* const own = of(cpu, kOwn);
  const Position* const carried = of(cpu, kCarried);
  for (std::size_t i = 0; i < width_; i += kLanes) {
    for (std::size_t lane = i; lane < i + kLanes; ++lane) {
      const Position floor = std::max(read_floor[lane], write_floor[lane]);
      const Position stored = std::max(own[lane], carried[lane]);
      into[lane] = std::max(coherence[lane], std::max(floor, stored));
    }
  }
}

void ViewMachine::clear_dependency(DependencyId id) { std::fill_n(dependency(id), width_, 0); }

void ViewMachine::add_dependency(DependencyId to, DependencyId from) {
  join(dependency(to), dependency(from));
}

void ViewMachine::renumber() {
  for (std::uint32_t x = 0; x < location_count_; ++x) {
    if (locations_[x].is_uneven) renumber_column(static_cast<LocationId>(x));
  }
}

void ViewMachine::renumber_column(LocationId at) {
  Location& location = locations_[index(at)];
  std::array<Position, kMaxHistory> old{};
  for (std::uint32_t i = 0; i < location.count; ++i) old[i] = messages_[slot(location, i)].at;
  const auto renumbered = [&](Position position) {
    Position rank = 0;
    for (std::uint32_t i = 1; i < location.count; ++i) rank += position >= old[i] ? 1 : 0;
    return rank * kGap;
  };
  const std::size_t column = index(at);
  for (std::size_t i = 0; i < first_epoch_ + epoch_count_; ++i) {
    view(i)[column] = renumbered(view(i)[column]);
  }
  for (std::uint32_t x = 0; x < location_count_; ++x) {
    for (std::uint32_t i = 0; i < locations_[x].count; ++i) {
      const std::uint32_t of_message = slot(locations_[x], i);
      if (messages_[of_message].width <= column) continue;
      carried(of_message)[column] = renumbered(carried(of_message)[column]);
      self(of_message)[column] = renumbered(self(of_message)[column]);
    }
  }
  for (std::uint32_t i = 0; i < location.count; ++i) {
    messages_[slot(location, i)].at = static_cast<Position>(i) * kGap;
  }
  location.is_uneven = false;
}

}  // namespace revenant::memory
