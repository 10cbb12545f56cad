#include "cli/files.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <variant>

#include "schedule/byte_codec.h"
#include "schedule/text_form.h"

namespace revenant {
namespace fs = std::filesystem;

namespace {

[[noreturn]] void fail(std::string_view what, const fs::path& path) {
  throw UserError(fmt::format("cannot {} {}: {}", what, path.string(), std::strerror(errno)));
}

std::span<const std::uint8_t> as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

}  // namespace

std::string_view as_text(std::span<const std::uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string read_file(const fs::path& path) {
  std::error_code error;
  if (fs::is_directory(path, error)) {
    throw UserError(fmt::format("cannot read {}: it is a folder, expected a file", path.string()));
  }
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  if (!in) fail("read", path);
  std::string content{std::istreambuf_iterator<char>(in), {}};
  if (in.bad()) fail("read", path);
  return content;
}

void write_file(const fs::path& path, std::string_view content) {
  std::error_code ignored;
  if (path.has_parent_path()) fs::create_directories(path.parent_path(), ignored);
  const fs::path temporary = path.string() + fmt::format(".{}.tmp", ::getpid());
  errno = 0;
  std::ofstream out(temporary, std::ios::binary);
  out.write(content.data(), static_cast<std::streamsize>(content.size()));
  out.close();
  if (!out) {
    const int saved = errno;
    fs::remove(temporary, ignored);
    errno = saved;
    fail("write", path);
  }
  if (std::rename(temporary.c_str(), path.c_str()) != 0) fail("write", path);
}

Schedule read_schedule(const fs::path& path, std::string_view subject, const OpTable& table) {
  const std::string content = read_file(path);
  if (path.extension() != ".schedule" && !looks_like_text(content)) {
    return decode(as_bytes(content), table);
  }
  auto parsed = parse_text(content, subject, table);
  if (const auto* const error = std::get_if<ParseError>(&parsed)) {
    throw UserError(fmt::format("{}:{}: expected {}", path.string(), error->line, error->expected));
  }
  return std::get<Schedule>(parsed);
}

std::vector<fs::path> files_in(const fs::path& folder) {
  std::error_code error;
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (entry.is_regular_file(error)) files.push_back(entry.path());
  }
  if (error) {
    throw UserError(fmt::format("cannot read folder {}: {}", folder.string(), error.message()));
  }
  std::ranges::sort(files);
  return files;
}

std::string content_name(const Schedule& schedule, const OpTable& table) {
  std::uint64_t hash = 0;
  for (const std::uint8_t byte : encode(schedule, table)) hash = mix64(hash + byte + 1);
  return fmt::format("{:016x}", hash);
}

}  // namespace revenant
