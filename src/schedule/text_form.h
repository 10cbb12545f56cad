// The text form of a schedule: the exact equal of the byte form, for people.
//
//   schedule anon_vma
//   # the five steps of the mail
//   cpu 0: lock page0
//   cpu 1: map page0, unmap page0
//   preempt cpu 0 op 0 point 6 to cpu 1
//   choose cpu 1 op 0 point 2 value 1
//   walk 0x5eed from 57 draws
//
// The first line names the subject; a byte order mark, comments and empty lines may stand before
// it. CPUs stand in order from 0; "cpu rcu" is the one that runs callbacks and has no ops. Without
// "from" a walk answers what the lists leave open; with "draws" it draws ops too. A '#' starts a
// comment.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "schedule/op_table.h"
#include "schedule/schedule.h"

namespace revenant {

struct ParseError {
  std::size_t line = 0;  // From 1.
  std::string expected;
};

std::string to_text(const Schedule& schedule, std::string_view subject, const OpTable& table);
// The schedule is normalized.
std::variant<Schedule, ParseError> parse_text(std::string_view text, std::string_view subject,
                                              const OpTable& table);

// Content of which nobody says what form it is in: a text form where it begins with "schedule " and
// parses, a byte form otherwise. Total, as the byte form is.
Schedule read_either(std::string_view content, std::string_view subject, const OpTable& table);

// True for what begins like a text form; such bytes are still a valid byte form.
bool looks_like_text(std::string_view content);
// The same of what follows a byte order mark, comments, empty lines and spaces, as a person may
// have put them there: for files. A fuzz target goes by looks_like_text(), as no byte form begins
// like that.
bool may_be_text(std::string_view content);

}  // namespace revenant
