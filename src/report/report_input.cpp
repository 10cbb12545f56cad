#include "report/report_input.h"

#include <fmt/format.h>

#include "schedule/op_table.h"
#include "schedule/schedule_choices.h"

namespace revenant {

std::string cpu_name(CpuId cpu) {
  return cpu == sim::kRcuCpu ? "RCU callbacks" : fmt::format("CPU {}", index_of(cpu));
}

std::string op_text(const ReportInput& input, const Anchor& at) {
  if (at.op == kTearDownOp) return "tear down";
  if (index_of(at.cpu) >= input.program.size()) return "callback";
  const Ops& ops = input.program[index_of(at.cpu)];
  return at.op < ops.size() ? to_text(OpTable(input.subject.ops), ops[at.op]) : "end";
}

std::string source_of(const Site& site) {
  if (site.line() == 0) return {};
  std::string_view file = site.file_name();
  file.remove_prefix(file.find_last_of('/') + 1);
  return fmt::format("{}:{}", file, site.line());
}

}  // namespace revenant
