#include "native/machine.h"

#include <bit>
#include <utility>

#include "base/check.h"
#include "sim/happens_before.h"
#include "sim/sanitizers.h"

namespace revenant::native {

thread_local Machine::Cpu* Machine::self_ = nullptr;

Machine::Machine(const Options& options) : options_(options) {
  for (std::uint32_t i = 0; i < sim::kMaxFibers; ++i) {
    cpus_[i].id = CpuId{static_cast<std::uint8_t>(i)};
  }
}

void Machine::begin(const ChoicesByCpu& choices, const sim::Observers& observers) {
  running = this;
  sim::forget_reports();
  sim::deliver_reports_to(
      [](FindingKind kind, std::uintptr_t address) { running->raise_soon(kind, address); });
  choices_ = choices;
  observers_ = observers;
  if (observers_.trace != nullptr) observers_.trace->clear();
  step_ = 0;
  stop_ = has_finding_ = false;
  finding_.reset();
  memory_.clear();
  // Under the lock: the thread that runs callbacks may be looking whether there are more.
  ghost_lock_.lock();
  callbacks_.reset();
  ghost_lock_.unlock();
  for (Cpu& cpu : cpus_) {
    cpu.op = cpu.point = 0;
    cpu.step = 0;
    cpu.points_passed = 0;
    cpu.locks_held = 0;
    cpu.channel = cpu.waits_for = nullptr;
    cpu.has_report = false;
  }
}

void Machine::end() {
  sim::deliver_reports_to(nullptr);
  running = nullptr;
}

std::uint32_t Machine::points_passed() const {
  std::uint32_t sum = 0;
  for (const Cpu& cpu : cpus_) sum += cpu.points_passed.load(std::memory_order_relaxed);
  return sum;
}

// --- Points and pauses ---

CpuId Machine::cpu() const { return self_->id; }

Anchor Machine::here() const { return {self_->id, self_->op, self_->point}; }

void Machine::begin_op(std::uint16_t op, Site site) {
  end_step();
  self_->op = op;
  self_->point = static_cast<std::uint16_t>(-1);
  next_point(site);
}

void Machine::point(Site site) {
  end_step();
  next_point(site);
}

// While the CPU is still where it took the step.
void Machine::end_step() {
  if (is_stopping()) throw Abandoned{};
  raise_report(*self_);
}

void Machine::next_point(Site site) {
  Cpu& me = *self_;
  ++me.point;
  me.site = site;
  me.step = 0;
  me.points_passed.fetch_add(1, std::memory_order_relaxed);
  // Who pauses for this CPU changes it too.
  if (me.points_left != 0 && me.points_left.fetch_sub(1) == 1) stands_still(me);
  const CpuMask runnable = ((CpuMask{1} << cpu_count_) - 1) | mask_of(me.id);
  if (std::has_single_bit(runnable)) return;
  const CpuId next = choices_[index_of(me.id)]->next_cpu({.at = here(),
                                                          .runnable = runnable,
                                                          .in_section = in_section(me.id),
                                                          .locks_held = me.locks_held});
  if (next != me.id) pause(me, next);
}

void Machine::set_locks_held(std::size_t count) {
  self_->locks_held = static_cast<std::uint8_t>(count);
}

std::uint32_t Machine::pick(std::uint32_t count) {
  return count > 1 ? choices_[index_of(self_->id)]->pick(here(), count) : 0;
}

// --- Sleeping ---

void Machine::block_on(const volatile void* channel, const volatile void* object, Site site) {
  Cpu& me = *self_;
  if (is_stopping()) throw Abandoned{};  // Nobody would wake it.
  me.site = site;
  me.channel = channel;
  me.waits_for = object;
  me.awake.close();
  stands_still(me);
  const std::uint32_t depth = ghost_lock_.release_all();
  me.awake.wait({});
  ghost_lock_.take_back(depth);
  if (is_stopping()) throw Abandoned{};
}

void Machine::wake(const volatile void* channel) {
  for (Cpu& cpu : cpus_) {
    if (cpu.channel != channel) continue;
    cpu.channel = cpu.waits_for = nullptr;
    cpu.awake.open();
  }
}

CpuMask Machine::sleepers(const volatile void* begin, std::size_t size_bytes) const {
  const auto first = reinterpret_cast<std::uintptr_t>(begin);
  CpuMask mask = 0;
  for (const Cpu& cpu : cpus_) {
    if (reinterpret_cast<std::uintptr_t>(cpu.channel) - first < size_bytes) mask |= mask_of(cpu.id);
  }
  return mask;
}

// --- Findings ---

void Machine::raise(FindingKind kind, Site site, std::string text, std::uintptr_t about) {
  keep(kind, here(), site, std::move(text), about);
  throw Abandoned{};
}

void Machine::raise_soon(FindingKind kind, std::uintptr_t address) {
  if (self_ == nullptr || self_->has_report) return;
  self_->has_report = true;
  self_->report_kind = kind;
  self_->report_address = address;
}

void Machine::raise_report(Cpu& me) {
  if (!me.has_report) return;
  me.has_report = false;
  sim::SanitizerVerdict verdict = sim::explain_sanitizer(me.report_kind, me.report_address);
  raise(verdict.kind, me.site, std::move(verdict.text), me.report_address);
}

void Machine::keep(FindingKind kind, const Anchor& at, Site site, std::string text,
                   std::uintptr_t about) {
  if (has_finding_.exchange(true)) return;
  finding_ = Finding{
      .kind = kind, .at = at, .step = step_, .site = site, .text = std::move(text), .about = about};
  ghost_lock_.lock();
  stop_.store(true, std::memory_order_release);
  for (Cpu& cpu : cpus_) {
    if (cpu.channel != nullptr) cpu.awake.open();
    let_go(cpu);
  }
  ghost_lock_.unlock();
  if (observers_.on_finding == nullptr) return;
  is_reporting_ = true;
  observers_.on_finding(*finding_);
  is_reporting_ = false;
}

// --- What is seen of a run ---

// So an event and what a finding tells of it have one number, as in the sim engine.
std::uint32_t Machine::step() {
  std::uint32_t& own = self_->step;
  if (own == 0 || own != step_) own = step_.fetch_add(1) + 1;
  return own;
}

void Machine::record(sim::Event event) {
  const sim::HarnessScope harness;
  ghost_lock_.lock();
  event.step = step();
  event.at = here();
  observers_.trace->add(event);
  ghost_lock_.unlock();
}

// Counts that threads take from each other at the same moment are lost: it is a hint.
void Machine::feature(sim::Feature family, std::uint64_t key) {
  if (observers_.features != nullptr) sim::count_feature(*observers_.features, family, key);
}

}  // namespace revenant::native
