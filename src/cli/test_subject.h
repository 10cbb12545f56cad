// A subject of one op whose effect a test chooses.
#pragma once

#include <array>
#include <functional>

#include "cli/arguments.h"
#include "sim/machine.h"

namespace revenant::test {

inline std::function<void(const Arguments&)> effect;  // Of the op.
inline std::function<void()> judgement;               // On CPU 0, when all ops have ended.

inline constexpr std::array<Argument, 2> kArguments{{{"a", 200}, {"b", 200}}};
inline constexpr std::array<OpSpec, 1> kOps{
    {{"act", "", kArguments, [](const Arguments& arguments) { effect(arguments); }}}};
inline constexpr std::array<Variant, 1> kVariants{{{"only", ""}}};
inline constexpr Subject kSubject{.name = "test",
                                  .summary = "",
                                  .ops = kOps,
                                  .variants = kVariants,
                                  .set_up = [](const Variant&) {},
                                  .tear_down =
                                      [] {
                                        if (judgement) judgement();
                                      }};
inline constexpr std::array<const Subject*, 1> kSubjects{&kSubject};
inline constexpr Target kTarget{.subject = &kSubject, .variant = kVariants.data()};

[[noreturn]] inline void raise_bug() {
  sim::running().raise(FindingKind::kBugOn, Site::current(), "as the test wants it");
}

}  // namespace revenant::test
