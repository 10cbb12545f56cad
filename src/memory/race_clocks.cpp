#include "memory/race_clocks.h"

#include <algorithm>

namespace revenant::memory {

void join(Clock& clock, const Clock& other) {
  for (std::size_t i = 0; i < clock.size(); ++i) clock[i] = std::max(clock[i], other[i]);
}

RaceClocks::RaceClocks(std::uint32_t locations, std::uint32_t messages)
    : cpus_(kMaxCpus), locations_(locations), messages_(messages) {}

void RaceClocks::reset() {
  std::ranges::fill(cpus_, Cpu{});
  fences_ = grace_periods_ = readers_ = {};
  std::ranges::fill(locations_, LastReads{});
  std::ranges::fill(messages_, Clock{});
}

void RaceClocks::read(CpuId cpu, std::uint32_t location, std::uint32_t message, bool is_acquire,
                      bool is_plain, bool through_dependency) {
  Cpu& reader = cpus_[index_of(cpu)];
  join(reader.known, messages_[message]);
  if (is_acquire) {
    join(reader.acquired, messages_[message]);
    join(reader.acquired, through_dependency ? reader.known : reader.ordered);
  }
  LastReads& last = locations_[location];
  (is_plain ? last.plain : last.marked)[index_of(cpu)] = reader.count;
}

bool RaceClocks::has_unknown_read(CpuId cpu, std::uint32_t location, bool is_plain,
                                  bool through_dependency) const {
  const Cpu& writer = cpus_[index_of(cpu)];
  const Clock& known = is_plain && !through_dependency ? writer.acquired : writer.known;
  const LastReads& last = locations_[location];
  for (std::uint32_t other = 0; other < kMaxCpus; ++other) {
    if (other == index_of(cpu)) continue;
    if (last.plain[other] > known[other]) return true;
    if (is_plain && last.marked[other] > known[other]) return true;
  }
  return false;
}

void RaceClocks::write(CpuId cpu, std::uint32_t message, bool is_release, bool is_plain) {
  Cpu& writer = cpus_[index_of(cpu)];
  Clock& clock = messages_[message];
  clock = {};
  if (is_plain) return;
  clock = writer.known;
  join(clock, writer.fenced);
  if (is_release) clock[index_of(cpu)] = writer.count++;
}

void RaceClocks::carry_on(std::uint32_t message, const Clock& predecessor) {
  join(messages_[message], predecessor);
}

Clock RaceClocks::release(CpuId cpu) {
  Cpu& own = cpus_[index_of(cpu)];
  Clock clock = own.known;
  join(clock, own.fenced);
  clock[index_of(cpu)] = own.count++;
  return clock;
}

void RaceClocks::read_barrier(CpuId cpu) {
  Cpu& reader = cpus_[index_of(cpu)];
  reader.ordered = reader.known;
}

void RaceClocks::fence(CpuId cpu) {
  Cpu& own = cpus_[index_of(cpu)];
  own.fenced[index_of(cpu)] = own.count++;
  join(fences_, own.known);
  join(fences_, own.fenced);
  join(own.known, fences_);
  join(own.acquired, own.known);
  join(own.fenced, fences_);
}

void RaceClocks::enter(CpuId cpu) {
  join(cpus_[index_of(cpu)].known, grace_periods_);
  join(cpus_[index_of(cpu)].acquired, grace_periods_);
}

void RaceClocks::leave(CpuId cpu) { join(readers_, release(cpu)); }

void RaceClocks::grace_period_begins() { join(grace_periods_, fences_); }

void RaceClocks::grace_period_sees_readers() { join(fences_, readers_); }

std::vector<std::uint64_t> RaceClocks::words() const {
  std::vector<std::uint64_t> words;
  const auto add = [&words](const Clock& clock) {
    for (std::size_t i = 0; i < clock.size(); i += 4) {
      words.push_back(clock[i] | (std::uint64_t{clock[i + 1]} << 16) |
                      (std::uint64_t{clock[i + 2]} << 32) | (std::uint64_t{clock[i + 3]} << 48));
    }
  };
  for (const Cpu& cpu : cpus_) {
    words.push_back(cpu.count);
    for (const Clock* clock : {&cpu.known, &cpu.acquired, &cpu.fenced, &cpu.ordered}) add(*clock);
  }
  for (const Clock* clock : {&fences_, &grace_periods_, &readers_}) add(*clock);
  for (const LastReads& last : locations_) add(last.plain), add(last.marked);
  for (const Clock& clock : messages_) add(clock);
  return words;
}

}  // namespace revenant::memory
