// The folder that a search starts from, and where it keeps what shows something new.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "cli/arguments.h"
#include "cli/files.h"
#include "schedule/schedule.h"

namespace revenant {

// The schedules in it, in the order of their files' names; none where the name is empty or nothing
// is there. Throws UserError.
std::vector<Schedule> read_corpus(const std::string& folder, const Target& target);

// Writes those that are not there yet, each under a name made of its content, so that many
// processes may do so at once. An empty name is no folder.
void keep_in_corpus(Keeper& keeper, const std::string& folder, std::span<const Schedule> schedules,
                    const OpTable& table);

}  // namespace revenant
