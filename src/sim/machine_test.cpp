#include "sim/machine.h"

#include <gtest/gtest.h>
TEST(Machine, X) {}
