#include "base/byte_reader.h"

#include <gtest/gtest.h>

#include <array>

namespace revenant {
namespace {

TEST(ByteReader, ReadsLittleEndianAndZeroesPastTheEnd) {
  const std::array<std::uint8_t, 4> bytes{1, 2, 3, 4};
  ByteReader reader(bytes);
  EXPECT_EQ(reader.u8(), 1U);
  EXPECT_EQ(reader.u16(), 0x0302U);
  EXPECT_FALSE(reader.empty());
  EXPECT_EQ(reader.u32(), 4U);
  EXPECT_TRUE(reader.empty());
  EXPECT_EQ(reader.u8(), 0U);
}

}  // namespace
}  // namespace revenant
