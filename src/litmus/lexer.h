// The words of a litmus file, each with its place.
//
// Comments are `(* ... *)`, which nest and begin only before a blank or another star, so that
// `(*x)` stays C; `//`; and `/* ... */`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace revenant::litmus {

struct Place {
  std::uint32_t line = 1;
  std::uint32_t column = 1;

  friend bool operator==(const Place&, const Place&) = default;
};

// What the file should have had there. Thrown within the layer; parse() returns it.
struct SyntaxError {
  Place at;
  std::string expected;
};

struct Token {
  enum class Kind : std::uint8_t { kNumber, kName, kString, kSign, kEnd };

  Kind kind = Kind::kEnd;
  std::string_view text;  // Into the file.
  std::size_t offset = 0;
};

inline constexpr std::size_t kMaxFileBytes = std::size_t{1} << 20;
inline constexpr std::size_t kMaxTokens = 20'000;

class Source {
 public:
  // The text must outlive the source. Throws SyntaxError.
  explicit Source(std::string_view text);

  std::string_view text() const { return text_; }
  // The first line's name, which may hold any sign but blanks.
  std::string_view test_name() const { return test_name_; }
  // After the first line, the last of kind kEnd.
  const std::vector<Token>& tokens() const { return tokens_; }
  Place place_of(std::size_t offset) const;
  // What stands there in one line, without comments.
  std::string between(std::size_t first_token, std::size_t end_token) const;

  [[noreturn]] void fail(std::size_t offset, std::string expected) const;

 private:
  bool at(std::string_view sign) const { return text_.substr(next_).starts_with(sign); }
  bool skip_comment();
  void skip_blanks();
  void skip_nested_comment();
  void skip_string();
  void read_heading();
  void read_token();

  std::string_view text_;
  std::size_t next_ = 0;
  std::vector<std::size_t> line_starts_;
  std::string_view test_name_;
  std::vector<Token> tokens_;
};

}  // namespace revenant::litmus
