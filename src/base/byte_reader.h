// Reads integers off a byte string and never fails: past the end every byte is zero.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace revenant {

class ByteReader {
 public:
  explicit ByteReader(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

  bool empty() const { return next_ >= bytes_.size(); }

  std::uint8_t u8() { return empty() ? std::uint8_t{0} : bytes_[next_++]; }

  // Little-endian.
  std::uint32_t u16() {
    const std::uint32_t low = u8();
    return low | (static_cast<std::uint32_t>(u8()) << 8);
  }

  // Little-endian.
  std::uint32_t u32() {
    const std::uint32_t low = u16();
    return low | (u16() << 16);
  }

 private:
  std::span<const std::uint8_t> bytes_;
  std::size_t next_ = 0;
};

}  // namespace revenant
