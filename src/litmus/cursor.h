// Where the parser is in the words of a file.
#pragma once

#include <string>
#include <string_view>

#include "litmus/lexer.h"
#include "litmus/program.h"

namespace revenant::litmus {

class Cursor {
 public:
  explicit Cursor(const Source& source) : source_(source) {}

  const Source& source() const { return source_; }
  std::size_t position() const { return next_; }
  const Token& peek(std::size_t ahead = 0) const {
    const auto& tokens = source_.tokens();
    return tokens[next_ + ahead < tokens.size() ? next_ + ahead : tokens.size() - 1];
  }
  bool at(std::string_view text) const { return peek().text == text && !at_end(); }
  bool at_end() const { return peek().kind == Token::Kind::kEnd; }
  bool at_name() const { return peek().kind == Token::Kind::kName; }
  bool at_number() const { return peek().kind == Token::Kind::kNumber; }

  const Token& take() {
    const Token& token = peek();
    if (!at_end()) ++next_;
    return token;
  }
  bool accept(std::string_view text) {
    if (!at(text)) return false;
    take();
    return true;
  }
  void expect(std::string_view text) {
    if (!accept(text)) fail("'" + std::string(text) + "'");
  }
  std::string_view name(std::string_view what) {
    if (!at_name()) fail(std::string(what));
    return take().text;
  }
  // Decimal, or hexadecimal after 0x.
  Number number();
  // The same with a sign before it.
  Number signed_number();

  Place place() const { return source_.place_of(peek().offset); }
  [[noreturn]] void fail(const std::string& expected) const {
    const std::string found =
        at_end() ? "the end of the file" : "'" + std::string(peek().text) + "'";
    source_.fail(peek().offset, expected + ", not " + found);
  }

 private:
  const Source& source_;
  std::size_t next_ = 0;
};

// Counts how deep the parser is in itself.
class Nesting {
 public:
  Nesting(std::uint32_t& depth, const Cursor& cursor) : depth_(depth) {
    if (depth_ >= kMaxNesting) cursor.fail("less nesting (at most 60 deep)");
    ++depth_;
  }
  ~Nesting() { --depth_; }
  Nesting(const Nesting&) = delete;
  Nesting& operator=(const Nesting&) = delete;

 private:
  std::uint32_t& depth_;
};

// "int", "volatile", "struct", ...
bool is_type_word(std::string_view word);
// int, struct NAME, ... and stars. Returns whether there was any.
bool skip_type(Cursor& cursor);

}  // namespace revenant::litmus
