#include "litmus/lexer.h"

#include <algorithm>
#include <array>

namespace revenant::litmus {
namespace {

constexpr bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
constexpr bool is_of_name(char c) { return is_letter(c) || is_digit(c); }

// Of two characters,
constexpr std::array<std::string_view, 21> kLongSigns{
    "/\\", "\\/", "->", "<<", ">>", "<=", ">=", "==", "!=", "&&", "||",
    "++",  "--",  "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^="};
constexpr std::string_view kSecondSigns = "/\\><=&|+-";
// and of one.
constexpr std::string_view kSigns = "-+*/%&|^~!<>=(){}[];,.?:";

}  // namespace

Source::Source(std::string_view text) : text_(text) {
  line_starts_.push_back(0);
  if (text.size() > kMaxFileBytes) fail(0, "a file of at most 1 MiB");
  for (std::size_t i = text.find('\n'); i != std::string_view::npos; i = text.find('\n', i + 1)) {
    line_starts_.push_back(i + 1);
  }
  tokens_.reserve(std::min(text.size() / 4 + 1, kMaxTokens));
  read_heading();
  for (skip_blanks(); next_ < text_.size(); skip_blanks()) read_token();
  tokens_.push_back({Token::Kind::kEnd, text_.substr(text_.size()), text_.size()});
}

Place Source::place_of(std::size_t offset) const {
  const auto line = std::ranges::upper_bound(line_starts_, offset) - line_starts_.begin();
  return {.line = static_cast<std::uint32_t>(line),
          .column = static_cast<std::uint32_t>(offset -
                                               line_starts_[static_cast<std::size_t>(line) - 1]) +
                    1};
}

void Source::fail(std::size_t offset, std::string expected) const {
  throw SyntaxError{place_of(offset), std::move(expected)};
}

std::string Source::between(std::size_t first_token, std::size_t end_token) const {
  std::string line;
  std::size_t end = 0;
  for (std::size_t i = first_token; i < end_token; ++i) {
    const Token& token = tokens_[i];
    if (i > first_token && token.offset > end) line += ' ';
    line += token.text;
    end = token.offset + token.text.size();
  }
  return line;
}

void Source::skip_nested_comment() {
  const std::size_t start = next_;
  std::size_t depth = 0;
  do {
    if (next_ + 1 >= text_.size()) fail(start, "the end '*)' of the comment that begins here");
    if (at("(*")) {
      ++depth;
      next_ += 2;
    } else if (at("*)")) {
      --depth;
      next_ += 2;
    } else {
      ++next_;
    }
  } while (depth > 0);
}

bool Source::skip_comment() {
  if (at("(*") && next_ + 2 < text_.size() &&
      (is_blank(text_[next_ + 2]) || text_[next_ + 2] == '*')) {
    skip_nested_comment();
    return true;
  }
  if (at("//")) {
    next_ = std::min(text_.find('\n', next_), text_.size());
    return true;
  }
  if (!at("/*")) return false;
  const std::size_t end = text_.find("*/", next_ + 2);
  if (end == std::string_view::npos) fail(next_, "the end '*/' of the comment that begins here");
  next_ = end + 2;
  return true;
}

void Source::skip_blanks() {
  while (next_ < text_.size()) {
    if (is_blank(text_[next_])) {
      ++next_;
    } else if (!skip_comment()) {
      return;
    }
  }
}

// "C NAME", and what generators of tests add before the initial state: strings, and lines
// KEY=TEXT.
void Source::read_heading() {
  skip_blanks();
  if (next_ + 1 >= text_.size() || text_[next_] != 'C' || !is_blank(text_[next_ + 1])) {
    fail(next_, "'C NAME', as a litmus test in C begins");
  }
  ++next_;
  skip_blanks();
  const std::size_t start = next_;
  while (next_ < text_.size() && !is_blank(text_[next_])) ++next_;
  test_name_ = text_.substr(start, next_ - start);
  if (test_name_.empty()) fail(start, "the name of the test");
  for (skip_blanks(); next_ < text_.size(); skip_blanks()) {
    if (text_[next_] == '"') {
      skip_string();
      continue;
    }
    const std::size_t line_end = std::min(text_.find('\n', next_), text_.size());
    const bool has_value =
        text_.substr(next_, line_end - next_).find('=') != std::string_view::npos;
    if (!is_letter(text_[next_]) || !has_value) return;
    next_ = line_end;
  }
}

void Source::skip_string() {
  const std::size_t start = next_;
  next_ = text_.find('"', next_ + 1);
  if (next_ == std::string_view::npos) fail(start, "the end '\"' of the string that begins here");
  ++next_;
}

void Source::read_token() {
  if (tokens_.size() == kMaxTokens) fail(next_, "at most 20000 words");
  const std::size_t start = next_;
  const char c = text_[next_];
  Token::Kind kind = Token::Kind::kSign;
  if (is_of_name(c)) {
    kind = is_digit(c) ? Token::Kind::kNumber : Token::Kind::kName;
    while (next_ < text_.size() && is_of_name(text_[next_])) ++next_;
  } else if (c == '"') {
    kind = Token::Kind::kString;
    skip_string();
  } else if (next_ + 1 < text_.size() &&
             kSecondSigns.find(text_[next_ + 1]) != std::string_view::npos &&
             std::ranges::find(kLongSigns, text_.substr(next_, 2)) != kLongSigns.end()) {
    next_ += 2;
  } else if (kSigns.find(c) != std::string_view::npos) {
    ++next_;
  } else {
    fail(next_, "a word or sign of C");
  }
  tokens_.push_back({kind, text_.substr(start, next_ - start), start});
}

}  // namespace revenant::litmus
