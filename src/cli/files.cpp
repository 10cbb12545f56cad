#include "cli/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>
#include <variant>

#include "schedule/byte_codec.h"
#include "schedule/text_form.h"

namespace revenant {
namespace fs = std::filesystem;

namespace {

constexpr std::size_t kMaxFileBytes = 16U << 20;  // A schedule takes a few KiB.
constexpr const char* kTemporary = ".tmp";        // How a name ends until the file is whole.

[[noreturn]] void fail(std::string_view what, const fs::path& path) {
  throw UserError(fmt::format("cannot {} {}: {}", what, path.string(), std::strerror(errno)));
}

class File {
 public:
  File(const fs::path& path, int flags)
      : number_(::open(path.c_str(), flags | O_CLOEXEC, kNewFileMode)) {}
  ~File() {
    if (number_ >= 0) ::close(number_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  int number() const { return number_; }  // Negative when it could not be opened.

 private:
  static constexpr mode_t kNewFileMode = 0666;  // Less the umask.

  int number_;
};

// Those that the iterator comes to: it decides whether folders in the folder count.
template <class Iterator>
std::vector<fs::path> files_by(const fs::path& folder) {
  std::error_code error;
  std::vector<fs::path> files;
  fs::path last = folder;
  for (Iterator entry(folder, error); !error && entry != Iterator(); entry.increment(error)) {
    last = entry->path();
    std::error_code not_a_file;  // As of a link to nowhere.
    const bool is_temporary = entry->path().extension() == kTemporary;
    if (!is_temporary && entry->is_regular_file(not_a_file)) files.push_back(entry->path());
  }
  if (error) {
    throw UserError(fmt::format("cannot read folder {}: {}", last.string(), error.message()));
  }
  std::ranges::sort(files);
  return files;
}

// False with errno set where it did not work.
bool put(const fs::path& path, int flags, std::string_view content) {
  const File file(path, flags);
  if (file.number() < 0) return false;
  while (!content.empty()) {
    const ssize_t count = ::write(file.number(), content.data(), content.size());
    if (count < 0 && errno != EINTR) return false;
    if (count > 0) content.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

}  // namespace

std::string finding_stem(const std::string& folder, const Target& target, FindingKind kind,
                         const Schedule& schedule) {
  const std::string name =
      fmt::format("{}-{}-{}-{}", target.subject->name, target.variant->name, name_of(kind),
                  content_name(schedule, OpTable(target.subject->ops)));
  return (std::filesystem::path(folder) / name).string();
}

void Keeper::write(const fs::path& path, std::string_view content) {
  try {
    write_file(path, content);
  } catch (const UserError&) {
    note(std::current_exception());
  }
}

void Keeper::note(const std::exception_ptr& error) {
  if (!error_) error_ = error;
}

void Keeper::throw_error() const {
  if (error_) std::rethrow_exception(error_);
}

std::string_view as_text(std::span<const std::uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string read_file(const fs::path& path) {
  std::error_code error;
  if (fs::is_directory(path, error)) {
    throw UserError(fmt::format("cannot read {}: it is a folder, expected a file", path.string()));
  }
  const File file(path, O_RDONLY);
  if (file.number() < 0) fail("read", path);
  std::string content;
  char buffer[16 * 1024];
  for (;;) {
    const ssize_t count = ::read(file.number(), buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail("read", path);
    if (count == 0) return content;
    content.append(buffer, static_cast<std::size_t>(count));
    if (content.size() > kMaxFileBytes) {
      throw UserError(fmt::format("cannot read {}: more than {} MiB, which is no schedule",
                                  path.string(), kMaxFileBytes >> 20));
    }
  }
}

void write_file(const fs::path& path, std::string_view content) {
  std::error_code ignored;
  if (path.has_parent_path()) fs::create_directories(path.parent_path(), ignored);
  const fs::file_status status = fs::status(path, ignored);
  // A pipe or a device is written to, not replaced; a folder is refused by open().
  if (fs::exists(status) && !fs::is_regular_file(status)) {
    if (!put(path, O_WRONLY, content)) fail("write", path);
    return;
  }
  const bool is_link = fs::is_symlink(fs::symlink_status(path, ignored));
  const fs::path target = is_link ? fs::weakly_canonical(path, ignored) : path;
  const fs::path temporary = target.string() + fmt::format(".{}{}", ::getpid(), kTemporary);
  if (!put(temporary, O_WRONLY | O_CREAT | O_TRUNC, content) ||
      std::rename(temporary.c_str(), target.c_str()) != 0) {
    const int saved = errno;
    fs::remove(temporary, ignored);
    errno = saved;
    fail("write", path);
  }
}

void prepare_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  std::error_code ignored;
  if (error && !fs::exists(folder, ignored)) {
    errno = error.value();
    fail("write to folder", folder);
  }
  const fs::path probe = folder / fmt::format(".{}{}", ::getpid(), kTemporary);
  if (!put(probe, O_WRONLY | O_CREAT | O_TRUNC, "")) fail("write to folder", folder);
  fs::remove(probe, error);
}

void check_writable(const fs::path& path) {
  std::error_code ignored;
  const bool is_special = fs::exists(path, ignored) && !fs::is_regular_file(path, ignored);
  if (fs::is_directory(path, ignored)) {
    throw UserError(fmt::format("cannot write {}: it is a folder, expected a file", path.string()));
  }
  if (!is_special) prepare_folder(path.has_parent_path() ? path.parent_path() : fs::path("."));
}

std::string SourceLines::line_of(const Site& site) {
  const std::string name = site.file_name();
  if (site.line() == 0) return {};
  const auto [file, is_new] = files_.try_emplace(name);
  if (is_new) {
    std::ifstream in(fs::path(REVENANT_SOURCE_DIR) / name);
    for (std::string line; std::getline(in, line);) file->second.push_back(line);
  }
  if (site.line() > file->second.size()) return {};
  const std::string& line = file->second[site.line() - 1];
  const std::size_t begin = line.find_first_not_of(" \t");
  return begin == std::string::npos ? std::string{} : line.substr(begin);
}

Schedule read_schedule(const fs::path& path, std::string_view subject, const OpTable& table) {
  const std::string content = read_file(path);
  const bool is_text = path.extension() == ".schedule";
  if (!is_text && !may_be_text(content)) return read_either(content, subject, table);
  auto parsed = parse_text(content, subject, table);
  if (auto* const schedule = std::get_if<Schedule>(&parsed)) return std::move(*schedule);
  const auto& error = std::get<ParseError>(parsed);
  const std::string place =
      fmt::format("{}:{}: expected {}", path.string(), error.line, error.expected);
  if (is_text) throw UserError(place);
  // A fuzzer may have made such bytes of a text, and found something.
  std::cerr << "revenant: " << place << "; read as bytes, for its name does not end in .schedule\n";
  return read_either(content, subject, table);
}

std::vector<fs::path> files_in(const fs::path& folder) {
  return files_by<fs::directory_iterator>(folder);
}

std::vector<fs::path> files_below(const fs::path& folder) {
  return files_by<fs::recursive_directory_iterator>(folder);
}

std::string content_name(std::string_view content) {
  std::uint64_t hash = 0;
  for (const char c : content) hash = mix64(hash + static_cast<std::uint8_t>(c) + 1);
  return fmt::format("{:016x}", hash);
}

std::string content_name(const Schedule& schedule, const OpTable& table) {
  return content_name(as_text(encode(schedule, table)));
}

std::string build_name() {
  std::ifstream program("/proc/self/exe", std::ios::binary);
  return content_name(std::string(std::istreambuf_iterator<char>(program), {}));
}

}  // namespace revenant
