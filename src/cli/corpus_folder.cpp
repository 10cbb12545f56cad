#include "cli/corpus_folder.h"

#include <filesystem>

#include "schedule/byte_codec.h"

namespace revenant {

std::vector<Schedule> read_corpus(const std::string& folder, const Target& target) {
  std::vector<Schedule> corpus;
  std::error_code unreadable;  // Which preparing it says.
  if (folder.empty() || !std::filesystem::exists(folder, unreadable)) return corpus;
  const OpTable table(target.subject->ops);
  for (const auto& file : files_in(folder)) {
    corpus.push_back(read_schedule(file, target.subject->name, table));
  }
  return corpus;
}

void keep_in_corpus(Keeper& keeper, const std::string& folder, std::span<const Schedule> schedules,
                    const OpTable& table) {
  if (folder.empty()) return;
  for (const Schedule& schedule : schedules) {
    const std::filesystem::path file =
        std::filesystem::path(folder) / content_name(schedule, table);
    std::error_code missing;
    if (std::filesystem::is_regular_file(file, missing)) continue;
    keeper.write(file, as_text(encode(schedule, table)));
  }
}

}  // namespace revenant
