#include "report/perfetto.h"

#include <map>
#include <vector>

#include "report/test_run.h"

namespace revenant {
namespace {

using nlohmann::ordered_json;

ordered_json events_of(const RecordedRun& run) {
  return perfetto_json(run.input(), run.recording())["traceEvents"];
}

std::vector<std::string> track_names(const ordered_json& events, int group) {
  std::vector<std::string> names;
  for (const ordered_json& event : events) {
    if (event["name"] == "thread_name" && event["pid"] == group) {
      names.push_back(event["args"]["name"]);
    }
  }
  return names;
}

TEST(Perfetto, HasATrackForEachCpuLockAndObject) {
  const ordered_json events = events_of({"recycle_2010", "as_posted"});
  EXPECT_EQ(track_names(events, 1), (std::vector<std::string>{"CPU 0", "CPU 1", "CPU 2"}));
  EXPECT_EQ(track_names(events, 2), (std::vector<std::string>{"CPU 0"}));
  EXPECT_EQ(track_names(events, 3),
            (std::vector<std::string>{"mm0.mmap_lock", "anon_vma0.lock", "mm1.mmap_lock"}));
  EXPECT_EQ(track_names(events, 4), (std::vector<std::string>{"anon_vma_chain0", "anon_vma0"}));
}

// Or the viewer draws nonsense.
TEST(Perfetto, SlicesOfATrackLieInsideEachOtherOrApart) {
  for (const char* const file : {"recycle_2010", "regressions/z6_root_freed_before_child"}) {
    using Slice = std::pair<std::uint64_t, std::uint64_t>;
    std::map<std::pair<int, int>, std::vector<Slice>> tracks;
    for (const ordered_json& event : events_of({file, "v5_before_2014"})) {
      if (event["ph"] != "X") continue;
      const std::uint64_t from = event["ts"];
      tracks[{event["pid"], event["tid"]}].emplace_back(from,
                                                        from + event["dur"].get<std::uint64_t>());
    }
    for (const auto& [track, slices] : tracks) {
      for (const auto& [a, b] : slices) {
        for (const auto& [c, d] : slices) {
          EXPECT_FALSE(a < c && c < b && b < d)
              << file << " " << a << "-" << b << " " << c << "-" << d;
        }
      }
    }
  }
}

TEST(Perfetto, AnArrowLeadsFromAStoreToTheLoadOfAnotherCpu) {
  const RecordedRun run("recycle_2010", "as_posted");
  const EventIndex load = run.event("READ_ONCE(page0.mapping)");
  std::vector<std::uint64_t> ends;
  for (const ordered_json& event : events_of(run)) {
    if (event["name"] == "reads from" && event["id"] == load) ends.push_back(event["ts"]);
  }
  EXPECT_EQ(ends, (std::vector<std::uint64_t>{run.event("WRITE_ONCE(page0.mapping"), load}));
}

TEST(Perfetto, TheFindingIsAMarkAcrossAllTracks) {
  int marks = 0;
  for (const ordered_json& event : events_of({"recycle_2010", "as_posted"})) {
    if (event["ph"] == "i" && event["name"] == "recycled-object" && event["s"] == "g") ++marks;
  }
  EXPECT_EQ(marks, 1);
}

}  // namespace
}  // namespace revenant
