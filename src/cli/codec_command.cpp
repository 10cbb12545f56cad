#include <fmt/format.h>

#include <iostream>

#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/files.h"
#include "report/json_report.h"
#include "schedule/byte_codec.h"
#include "schedule/text_form.h"

namespace revenant {
namespace {

void put(const std::string& output, std::string_view content) {
  if (output.empty()) {
    std::cout << content;
  } else {
    write_file(output, content);
  }
}

}  // namespace

int encode_command(Subjects subjects, const CodecOptions& options) {
  const Target target = parse_target(subjects, options.target);
  const OpTable table(target.subject->ops);
  const Schedule schedule = read_schedule(options.file, target.subject->name, table);
  put(options.output, as_text(encode(schedule, table)));
  return kExitClean;
}

int decode_command(Subjects subjects, const CodecOptions& options) {
  const Target target = parse_target(subjects, options.target);
  const OpTable table(target.subject->ops);
  const Schedule schedule = read_schedule(options.file, target.subject->name, table);
  put(options.output, options.json ? json_text(to_json(schedule, table)) + "\n"
                                   : to_text(schedule, target.subject->name, table));
  return kExitClean;
}

}  // namespace revenant
