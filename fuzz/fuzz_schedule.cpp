// The codecs of schedules under arbitrary bytes: decoding is total, and both forms say the same.
#include <array>

#include "base/check.h"
#include "own_arguments.h"
#include "schedule/byte_codec.h"
#include "schedule/text_form.h"

namespace revenant {
namespace {

constexpr std::array<Argument, 2> kArguments{
    {{.name = "page", .count = 3}, {.name = "slot", .count = 4}}};
constexpr std::array<OpSpec, 3> kOps{
    {{.name = "idle", .summary = "", .arguments = {}},
     {.name = "lock", .summary = "", .arguments = std::span(kArguments).first(1)},
     {.name = "lock_in", .summary = "", .arguments = kArguments}}};

void check_both_forms(const Schedule& schedule, const OpTable& table) {
  REVENANT_CHECK(decode(encode(schedule, table), table) == schedule);
  const auto parsed = parse_text(to_text(schedule, "fuzz", table), "fuzz", table);
  REVENANT_CHECK(std::holds_alternative<Schedule>(parsed));
  REVENANT_CHECK(std::get<Schedule>(parsed) == schedule);
}

void check_text(std::string_view text, const OpTable& table) {
  const auto parsed = parse_text(text, "fuzz", table);
  const auto* const error = std::get_if<ParseError>(&parsed);
  if (error == nullptr) return check_both_forms(std::get<Schedule>(parsed), table);
  REVENANT_CHECK(error->line >= 1 && !error->expected.empty());
}

}  // namespace
}  // namespace revenant

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  revenant::refuse_own_arguments(argc, argv);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes) {
  const revenant::OpTable table(revenant::kOps);
  revenant::check_both_forms(revenant::decode({data, size_bytes}, table), table);
  revenant::check_text({reinterpret_cast<const char*>(data), size_bytes}, table);
  return 0;
}
