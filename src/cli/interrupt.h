// Ctrl-C asks a long command to stop; a second one stops it at once.
#pragma once

namespace revenant {

void catch_interrupts();
bool was_interrupted();

}  // namespace revenant
