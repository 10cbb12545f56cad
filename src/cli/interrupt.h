// Ctrl-C asks a long command to stop; a second one stops it at once.
#pragma once

namespace revenant {

void catch_interrupts();
// For a process whose parent may ask a second time what the terminal asked before: it stops in its
// own time, however often it is asked.
void catch_every_interrupt();
bool was_interrupted();

}  // namespace revenant
