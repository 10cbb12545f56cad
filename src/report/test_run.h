// For tests of reports: the run of a schedule of the corpus on a variant.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "report/recording.h"
#include "run/runner.h"
#include "schedule/text_form.h"

namespace revenant {

class RecordedRun {
 public:
  // `file` as in "recycle_2010", without ".schedule".
  RecordedRun(const std::string& file, std::string_view variant,
              const std::string& subject = "anon_vma")
      : RecordedRun(subject, read("corpus/" + subject + "/" + file + ".schedule"), variant, 0) {}
  static RecordedRun of_text(const std::string& schedule, std::string_view variant,
                             std::string_view subject = "anon_vma") {
    return {subject, schedule, variant, 0};
  }

  ReportInput input() const {
    return {.subject = subject_,
            .variant = variant_,
            .schedule = schedule_,
            .program = runner_.program(),
            .events = trace_.events(),
            .memory = runner_.memory(),
            .finding = outcome_.finding,
            .memory_model = runner_.memory_model()};
  }
  const Recording& recording() const { return recording_; }
  const std::optional<Finding>& finding() const { return outcome_.finding; }

  // recycle_2010, but that the memory has lived twice more before CPU 0 uses it again: CPU 0 found
  // life 1, and uses life 3.
  static RecordedRun two_lives_later(std::string_view variant = "as_posted") {
    return of_text(
        "schedule anon_vma\n"
        "cpu 0: lock page0\n"
        "cpu 1: fault mm0 page0, exit mm0\n"
        "cpu 2: fault mm1 page1, exit mm1, fault mm2 page2\n"
        "preempt cpu 0 op 0 point 0 to cpu 1\n"
        "preempt cpu 1 op 1 point 0 to cpu 0\n"
        "preempt cpu 0 op 0 point 5 to cpu 1\n",
        variant);
  }

  // The first event whose text begins so; fails the test where there is none.
  EventIndex event(std::string_view text) const {
    for (EventIndex i = 0; i < recording_.events.size(); ++i) {
      if (recording_.events[i].text.starts_with(text)) return i;
    }
    ADD_FAILURE() << "no event " << text;
    return 0;
  }

  static std::string read(const std::string& path) {
    std::ifstream in(std::string(REVENANT_SOURCE_DIR) + "/" + path);
    return {std::istreambuf_iterator<char>(in), {}};
  }

 private:
  RecordedRun(std::string_view subject, const std::string& text, std::string_view variant,
              int /*of_text*/)
      : subject_(*find_subject(all_subjects(), subject)),
        variant_(*find_variant(subject_, variant)),
        schedule_(std::get<Schedule>(parse_text(text, subject_.name, OpTable(subject_.ops)))),
        runner_(machine_, subject_, variant_),
        outcome_(runner_.run(schedule_, {.trace = &trace_})),
        recording_(record_of(input())) {}

  const Subject& subject_;
  const Variant& variant_;
  Schedule schedule_;
  sim::Machine machine_;
  Runner runner_;
  sim::Trace trace_;
  Outcome outcome_;
  Recording recording_;
};

}  // namespace revenant
