// For tests: how often the program has allocated. Not under TSan, which defines operator new
// itself.
#pragma once

#include <cstddef>

namespace revenant::sim {

std::size_t allocation_count();

}  // namespace revenant::sim
