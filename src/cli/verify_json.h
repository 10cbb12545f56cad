// Parts of an exhaustive search as JSON: for pipes and checkpoints.
#pragma once

#include <nlohmann/json.hpp>

#include "cli/verify_work.h"

namespace revenant {

inline nlohmann::json to_json(const VerifyPart& part) {
  nlohmann::json path = nlohmann::json::array();
  for (const VerifyDecision& decision : part.slice.path) {
    path.push_back({decision.answer, decision.count});
  }
  return {{"first", part.first}, {"end", part.end}, {"fixed", part.slice.fixed}, {"path", path}};
}

// Throws nlohmann::json::exception where it is none.
inline VerifyPart part_of(const nlohmann::json& json) {
  VerifyPart part{.first = json.at("first").get<std::uint64_t>(),
                  .end = json.at("end").get<std::uint64_t>()};
  part.slice.fixed = json.at("fixed").get<std::uint32_t>();
  for (const nlohmann::json& pair : json.at("path")) {
    part.slice.path.push_back(
        {.answer = pair.at(0).get<std::uint32_t>(), .count = pair.at(1).get<std::uint32_t>()});
  }
  return part;
}

}  // namespace revenant
