// Choices out of fuzz bytes: one byte a question; past the last byte the default.
#pragma once

#include <span>

#include "base/byte_reader.h"
#include "choice/choices.h"

namespace revenant {

class FuzzedChoices final : public Choices {
 public:
  explicit FuzzedChoices(std::span<const std::uint8_t> bytes);

  CpuId next_cpu(const RunQuestion& question) override;
  std::uint32_t pick(const Anchor& at, std::uint32_t count) override;

 private:
  ByteReader bytes_;
};

}  // namespace revenant
