// A witness of a litmus test as a page, drawn like any run: a document of the form of
// docs/run-format.md, in which a process is a CPU and a step an event.
#pragma once

#include <string>

#include "litmus/program.h"
#include "litmus/verdict.h"

namespace revenant {

// Requires that the verdict has a witness. `file` is where the test was read from.
std::string litmus_page(const std::string& file, const litmus::LitmusTest& test,
                        const litmus::Verdict& verdict);

}  // namespace revenant
