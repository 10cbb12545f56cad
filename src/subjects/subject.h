// A subject: code under test, the ops that a schedule may ask of it, its variants, and its oracle.
//
// Everything here is a table of constants; a subject keeps its state in memory that set_up()
// resets, so that a run owes nothing to the run before.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "kernel/memory_model.h"
#include "kernel/read_sets.h"
#include "sim/finding.h"

namespace revenant {

// An argument is a small number, written as its name and the number: "page0".
struct Argument {
  std::string_view name;
  std::uint8_t count = 1;  // Values are [0, count).
};

inline constexpr std::size_t kMaxArguments = 2;
using Arguments = std::array<std::uint8_t, kMaxArguments>;

struct OpSpec {
  std::string_view name;
  std::string_view summary;
  std::span<const Argument> arguments;  // At most kMaxArguments.
  void (*perform)(const Arguments& arguments) = nullptr;
};

struct Variant {
  std::string_view name;
  std::string_view summary;  // What it is, and the commit or mail that it follows.
  // What a search must find; none for a clean variant.
  std::optional<FindingKind> expected{};
  // What the same hole may show as on the way there. Anything else is a finding of the wrong kind.
  std::span<const FindingKind> also{};
  const void* rules = nullptr;  // The subject's own.
  // What it is run with unless somebody asks for another. `expected` is of this one: sequentially
  // consistent, a variant that needs weak memory is clean.
  kernel::MemoryModel memory = kernel::MemoryModel::kSc;
};

// True for a finding that a search in the variant may meet.
bool declares(const Variant& variant, FindingKind kind);
// What a search must find with that memory: nothing where a variant needs a weaker one.
std::optional<FindingKind> expected_in(const Variant& variant, kernel::MemoryModel memory);
// " --engine-option=memory=weak": what runs the variant with that memory on a command line, or
// nothing where it is its own.
std::string memory_option(const Variant& variant, kernel::MemoryModel memory);

struct Subject {
  std::string_view name;
  std::string_view summary;
  std::span<const OpSpec> ops;
  std::span<const Variant> variants;  // The first is the default, and clean.

  // Makes a fresh world, outside any CPU; may create caches and name memory, but must not yield.
  void (*set_up)(const Variant& variant) = nullptr;
  // How near the data are to deceiving a reader that stands in a section and found in a word, which
  // is not the slab's, an object that has been freed since: a small number for each way in which
  // they can lie around the two, 0 for what is not worth a look. A search keeps runs that come to
  // new ones. Called at every store of such a run, must not yield, and is not instrumented. May be
  // null: then the words that the reader has read count, each by whether it is as it was.
  kernel::Outlook outlook = nullptr;
  // Runs on CPU 0 when all others have ended; undoes what the ops left, after which every object of
  // the slab must be free.
  void (*tear_down)() = nullptr;
  // Judges the world after every step; must not yield, and is not instrumented. May be null.
  void (*after_step)() = nullptr;
};

// Every subject, in a fixed order.
std::span<const Subject* const> all_subjects();

// nullptr when there is none of that name.
const Subject* find_subject(std::span<const Subject* const> subjects, std::string_view name);
const Variant* find_variant(const Subject& subject, std::string_view name);
// As a user names it. Throws UserError naming what there is.
const Variant& variant_named(const Subject& subject, std::string_view name);

}  // namespace revenant
