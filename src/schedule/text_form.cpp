#include "schedule/text_form.h"

#include <charconv>
#include <optional>
#include <utility>

#include "base/decimal.h"
#include "schedule/byte_codec.h"

namespace revenant {
namespace {

constexpr std::string_view kHeader = "schedule ";
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
constexpr std::uint32_t kRcuCpuIndex = kAnchorCpus - 1;

std::string cpu_name(CpuId cpu) {
  return index_of(cpu) == kRcuCpuIndex ? "rcu" : decimal(index_of(cpu));
}

std::string anchor_text(const Anchor& at) {
  return "cpu " + cpu_name(at.cpu) + " op " + decimal(at.op) + " point " + decimal(at.point);
}

std::string hex(std::uint32_t value) {
  std::string digits(8, '\0');
  digits.resize(static_cast<std::size_t>(
      std::to_chars(digits.data(), digits.data() + digits.size(), value, 16).ptr - digits.data()));
  return "0x" + digits;
}

std::string_view without_mark(std::string_view text) {
  return text.starts_with(kByteOrderMark) ? text.substr(kByteOrderMark.size()) : text;
}

// Takes words off the front of one line; what is missing is remembered as the first error.
class Line {
 public:
  explicit Line(std::string_view text) : rest_(text.substr(0, text.find('#'))) { skip_space(); }

  bool at_end() const { return rest_.empty(); }
  bool failed() const { return !expected_.empty(); }
  const std::string& expected() const { return expected_; }

  void fail(std::string expected) {
    if (!failed()) expected_ = std::move(expected);
  }

  // The next run of letters, digits and underscores.
  std::string_view word() {
    std::size_t length = 0;
    while (length < rest_.size() && is_word(rest_[length])) ++length;
    return take(length);
  }

  bool accept(std::string_view token) {
    if (!rest_.starts_with(token)) return false;
    if (is_word(token.back()) && rest_.size() > token.size() && is_word(rest_[token.size()])) {
      return false;
    }
    take(token.size());
    return true;
  }

  void expect(std::string_view token) {
    if (!accept(token)) fail("'" + std::string(token) + "'");
  }

  std::uint32_t number(std::string_view what, std::uint32_t limit) {
    const std::string_view digits = word();
    const bool is_hex = digits.starts_with("0x");
    const std::string_view body = is_hex ? digits.substr(2) : digits;
    std::uint32_t value = 0;
    const auto end = body.data() + body.size();
    const auto [stop, error] = std::from_chars(body.data(), end, value, is_hex ? 16 : 10);
    if (body.empty() || error != std::errc{} || stop != end || value > limit) {
      fail(std::string(what) + " from 0 to " + decimal(limit));
      return 0;
    }
    return value;
  }

  CpuId cpu() {
    expect("cpu");
    if (accept("rcu")) return CpuId{static_cast<std::uint8_t>(kRcuCpuIndex)};
    return CpuId{
        static_cast<std::uint8_t>(number("a CPU: 'rcu' or a number", kMaxScheduleCpus - 1))};
  }

  Anchor anchor() {
    Anchor at;
    at.cpu = cpu();
    expect("op");
    at.op = static_cast<std::uint16_t>(number("an op", kMaxAnchor));
    expect("point");
    at.point = static_cast<std::uint16_t>(number("a point", kMaxAnchor));
    return at;
  }

 private:
  static bool is_word(char c) {
    return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  }

  std::string_view take(std::size_t length) {
    const std::string_view taken = rest_.substr(0, length);
    rest_.remove_prefix(length);
    skip_space();
    return taken;
  }

  void skip_space() {
    while (!rest_.empty() &&
           (rest_.front() == ' ' || rest_.front() == '\t' || rest_.front() == '\r')) {
      rest_.remove_prefix(1);
    }
    while (!rest_.empty() &&
           (rest_.back() == ' ' || rest_.back() == '\t' || rest_.back() == '\r')) {
      rest_.remove_suffix(1);
    }
  }

  std::string_view rest_;
  std::string expected_;
};

class Parser {
 public:
  Parser(std::string_view subject, const OpTable& table) : subject_(subject), table_(table) {}

  std::variant<Schedule, ParseError> parse(std::string_view text) {
    text = without_mark(text);
    for (std::size_t number = 1; !text.empty(); ++number) {
      const std::size_t end = std::min(text.find('\n'), text.size());
      Line line(text.substr(0, end));
      text.remove_prefix(std::min(end + 1, text.size()));
      if (!line.at_end()) parse_line(line);
      if (!line.failed() && !line.at_end()) line.fail("end of line");
      if (line.failed()) return ParseError{number, line.expected()};
      last_line_ = number;
    }
    if (!seen_header_) return ParseError{last_line_, header()};
    if (schedule_.cpus.empty()) return ParseError{last_line_, "a line 'cpu 0: OP, ...'"};
    normalize(schedule_);
    return schedule_;
  }

 private:
  void parse_line(Line& line) {
    if (!seen_header_) return parse_header(line);
    if (line.accept("preempt")) return parse_preemption(line);
    if (line.accept("choose")) return parse_pick(line);
    if (line.accept("walk")) return parse_walk(line);
    if (!line.accept("cpu")) return line.fail("'cpu', 'preempt', 'choose' or 'walk'");
    parse_cpu(line);
  }

  void parse_walk(Line& line) {
    if (schedule_.walk) return line.fail("one walk at most");
    schedule_.walk = line.number("a seed", 0xffffffffU);
    if (line.accept("from")) {
      schedule_.walk_from = static_cast<std::uint16_t>(line.number("a question", 0xffffU));
    }
    schedule_.draws = line.accept("draws");
  }

  void parse_header(Line& line) {
    if (!line.accept("schedule") || line.word() != subject_) {
      return line.fail(header());
    }
    seen_header_ = true;
  }

  void parse_cpu(Line& line) {
    if (schedule_.cpus.size() == kMaxScheduleCpus) {
      return line.fail("at most " + decimal(kMaxScheduleCpus) + " CPUs");
    }
    const std::string next = decimal(schedule_.cpus.size());
    if (!line.accept(next)) return line.fail("CPU " + next + " next, as CPUs stand in order");
    line.expect(":");
    Ops ops;
    while (!line.failed() && !line.at_end()) {
      if (!ops.empty()) line.expect(",");
      if (ops.size() == kMaxOpsPerCpu) {
        return line.fail("at most " + decimal(kMaxOpsPerCpu) + " ops on a CPU");
      }
      ops.push_back(parse_op(line));
    }
    schedule_.cpus.push_back(ops);
  }

  OpCall parse_op(Line& line) {
    OpCall call;
    for (const OpSpec& spec : table_.specs()) {
      if (!line.accept(spec.name)) {
        ++call.op;
        continue;
      }
      std::size_t index = 0;
      for (const Argument& argument : spec.arguments) {
        call.arguments[index++] = parse_argument(line, argument);
      }
      return call;
    }
    line.fail("an op of " + std::string(subject_) + ": " + op_names());
    return {};
  }

  std::uint8_t parse_argument(Line& line, const Argument& argument) {
    const std::string_view word = line.word();
    for (std::uint8_t value = 0; value < argument.count; ++value) {
      if (word == std::string(argument.name) + decimal(value)) return value;
    }
    line.fail(std::string(argument.name) + "0 to " + std::string(argument.name) +
              decimal(argument.count - 1));
    return 0;
  }

  void parse_preemption(Line& line) {
    Preemption p;
    p.at = line.anchor();
    line.expect("to");
    p.to = line.cpu();
    if (schedule_.preemptions.size() == kMaxPreemptions) {
      return line.fail("at most " + decimal(kMaxPreemptions) + " preemptions");
    }
    schedule_.preemptions.push_back(p);
  }

  void parse_pick(Line& line) {
    Pick p;
    p.at = line.anchor();
    line.expect("value");
    p.value = static_cast<std::uint8_t>(line.number("a value", 255));
    if (schedule_.picks.size() == kMaxPicks) {
      return line.fail("at most " + decimal(kMaxPicks) + " choices");
    }
    schedule_.picks.push_back(p);
  }

  std::string header() const { return "'schedule " + std::string(subject_) + "'"; }

  std::string op_names() const {
    std::string names;
    for (const OpSpec& spec : table_.specs()) {
      names.append(names.empty() ? "" : ", ").append(spec.name);
    }
    return names;
  }

  std::string_view subject_;
  const OpTable& table_;
  Schedule schedule_;
  bool seen_header_ = false;
  std::size_t last_line_ = 1;
};

}  // namespace

std::string to_text(const Schedule& schedule, std::string_view subject, const OpTable& table) {
  std::string text = std::string(kHeader) + std::string(subject) + "\n";
  for (std::size_t cpu = 0; cpu < schedule.cpus.size(); ++cpu) {
    text += "cpu " + decimal(cpu) + ":";
    const char* separator = " ";
    for (const OpCall& call : schedule.cpus[cpu]) {
      text += separator + to_text(table, call);
      separator = ", ";
    }
    text += "\n";
  }
  for (const Preemption& p : schedule.preemptions) {
    text += "preempt " + anchor_text(p.at) + " to cpu " + cpu_name(p.to) + "\n";
  }
  for (const Pick& p : schedule.picks) {
    text += "choose " + anchor_text(p.at) + " value " + decimal(p.value) + "\n";
  }
  if (schedule.walk) text += "walk " + hex(*schedule.walk);
  if (schedule.walk_from != 0) text += " from " + decimal(schedule.walk_from);
  if (schedule.draws) text += " draws";
  if (schedule.walk) text += "\n";
  return text;
}

std::variant<Schedule, ParseError> parse_text(std::string_view text, std::string_view subject,
                                              const OpTable& table) {
  return Parser(subject, table).parse(text);
}

bool looks_like_text(std::string_view content) { return content.starts_with(kHeader); }

bool may_be_text(std::string_view content) {
  content = without_mark(content);
  while (!content.empty()) {
    const std::size_t end = std::min(content.find('\n'), content.size());
    if (Line line(content.substr(0, end)); !line.at_end()) return line.accept("schedule");
    content.remove_prefix(std::min(end + 1, content.size()));
  }
  return false;
}

Schedule read_either(std::string_view content, std::string_view subject, const OpTable& table) {
  if (looks_like_text(content)) {
    auto parsed = parse_text(content, subject, table);
    if (auto* const schedule = std::get_if<Schedule>(&parsed)) return std::move(*schedule);
  }
  return decode({reinterpret_cast<const std::uint8_t*>(content.data()), content.size()}, table);
}

}  // namespace revenant
