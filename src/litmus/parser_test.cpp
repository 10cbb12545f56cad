#include <array>

#include "litmus/test_files.h"

namespace revenant::litmus {
namespace {

// "LINE:COLUMN: expected ..." of a text that is no test; empty if it is one.
std::string error_of(std::string_view text) {
  const auto result = parse(text);
  const auto* const error = std::get_if<SyntaxError>(&result);
  if (error == nullptr) return {};
  return std::to_string(error->at.line) + ":" + std::to_string(error->at.column) + ": expected " +
         error->expected;
}

std::string with_body(const std::string& body) {
  return "C t\n{}\nP0(int *x, int *y)\n{\n" + body + "\n}\nexists (x=1)\n";
}

TEST(LitmusParser, ReadsWhatTheGrammarHas) {
  const LitmusTest test = test_named("shapes/SYNTAX-else-and-nesting");
  EXPECT_EQ(test.name, "SYNTAX-else-and-nesting");
  EXPECT_EQ(test.processes.size(), 2U);
  ASSERT_TRUE(test.filter);
  EXPECT_EQ(test.condition.text, "((0:a=1 /\\ ~(0:b=2) \\/ 0:b != 3) /\\ p=x)");
}

TEST(LitmusParser, SaysWhereAndWhatItExpected) {
  EXPECT_EQ(error_of(""), "1:1: expected 'C NAME', as a litmus test in C begins");
  EXPECT_EQ(error_of("PPC t\n{}"), "1:1: expected 'C NAME', as a litmus test in C begins");
  EXPECT_EQ(error_of("C t\n{ x=1"), "2:6: expected ';', not the end of the file");
  EXPECT_EQ(error_of("C t\n{}\nexists (x=1)"), "3:1: expected a process P0, not 'exists'");
  EXPECT_EQ(error_of(with_body("  frob(x);")),
            "5:3: expected a primitive of the Linux-kernel memory model, not 'frob'");
  EXPECT_EQ(error_of(with_body("  WRITE_ONCE(*x);")), "5:16: expected ',', not ')'");
  EXPECT_EQ(
      error_of(with_body("  x = 1;")),
      "5:5: expected a register before the assignment (write *x for the shared word), not '='");
  EXPECT_EQ(error_of(with_body("  int a; a = x[1];")),
            "5:15: expected no arrays and no members, not '['");
  EXPECT_EQ(error_of(with_body("  goto end;")),
            "5:3: expected a register that has a value, not 'goto'");
  EXPECT_EQ(error_of(with_body("  switch (1) { }")),
            "5:3: expected a primitive of the Linux-kernel memory model, not 'switch'");
  EXPECT_EQ(error_of("C t\n{}\nP0(int *x) { }\nexists (0:r7=1)"),
            "4:9: expected a register of P0, not 'r7'");
  EXPECT_EQ(error_of("C t\n{}\nP0(int *x) { }\nexists (3:r7=1)"),
            "4:9: expected the number of a process, not 3");
  EXPECT_EQ(error_of("C t\n{}\nP0(int *x) { }\nexists (nowhere=1)"),
            "4:9: expected the name of a shared word, not 'nowhere'");
  EXPECT_EQ(error_of("C t\n{}\nP0(int *x) { }\n"),
            "4:1: expected exists, ~exists or forall, not the end of the file");
  EXPECT_EQ(error_of("C t (* never closed\n{}"),
            "1:5: expected the end '*)' of the comment that begins here");
}

TEST(LitmusParser, TakesNoNameForARegisterThatHasNoValue) {
  EXPECT_EQ(error_of(with_body("  int r0 = READ_ONCE(*x);\n  if (r0 == 0) return;")),
            "6:16: expected a register that has a value, not 'return'");
  EXPECT_EQ(error_of(with_body("  int r10 = READ_ONCE(*x);\n  WRITE_ONCE(*y, r1O);")),
            "6:18: expected a register that has a value, not 'r1O'");
  const std::string shared = "C t\n{ int z=5; }\nP0(int *x)\n{\n";
  EXPECT_EQ(error_of(shared + "  int r0 = z;\n}\nexists (x=1)\n"),
            "5:12: expected a register that has a value, not 'z'");
  EXPECT_EQ(
      error_of(shared + "  z = 6;\n}\nexists (x=1)\n"),
      "5:5: expected a register before the assignment (write *z for the shared word), not '='");
  EXPECT_EQ(error_of(with_body("  r0 = 1; WRITE_ONCE(*x, r0 + true + false);")), "");
}

TEST(LitmusParser, ReadsTheHeadingsOfGenerators) {
  EXPECT_EQ(
      error_of("C t\n\"Rfe PodRR Fre PodWW\"\nGenerator=diyone7 (version 7.57)\nOrig=Rfe PodRR\n"
               "{}\nP0(int *x) { }\nexists (x=1)"),
      "");
  EXPECT_EQ(error_of("C t\nGenerator=diy7\n\"a string\"\n{}\nP0(int *x) { }\nexists (x=1)"), "");
  EXPECT_EQ(error_of("C t\n\"no end\n{}"),
            "2:1: expected the end '\"' of the string that begins here");
}

TEST(LitmusParser, BoundsEverySize) {
  const auto repeated = [](const std::string& text, int times) {
    std::string all;
    for (int i = 0; i < times; ++i) all += text;
    return all;
  };
  EXPECT_NE(error_of(with_body("int a = " + repeated("(", 1000))).find("less nesting"),
            std::string::npos);
  EXPECT_NE(error_of(with_body(repeated("{", 1000))).find("less nesting"), std::string::npos);
  EXPECT_NE(error_of(with_body("int a = 1" + repeated("+1", 1000) + ";")).find("at most 200"),
            std::string::npos);
  EXPECT_NE(error_of(with_body(repeated("smp_mb();", 1001))).find("at most 1000 steps"),
            std::string::npos);
  EXPECT_NE(error_of(with_body(repeated("READ_ONCE(*x);", 65))).find("at most 64 registers"),
            std::string::npos);
  EXPECT_NE(error_of(repeated("x", 1 << 21)).find("at most 1 MiB"), std::string::npos);
  EXPECT_NE(error_of("C t\n{" + repeated("x;", 20000)).find("at most 20000 words"),
            std::string::npos);
  std::string processes;
  for (int i = 0; i < 9; ++i) processes += "P" + std::to_string(i) + "() { }\n";
  EXPECT_NE(error_of("C t\n{}\n" + processes).find("at most 8 processes"), std::string::npos);
}

TEST(LitmusParser, TakesAStarAfterAParenthesisForAPointerAndNotForAComment) {
  const LitmusTest test = parsed(with_body("int a = READ_ONCE(*x) + (*y);"));
  ASSERT_EQ(test.processes.size(), 1U);
  EXPECT_EQ(test.processes[0].code.size(), 3U);
}

}  // namespace
}  // namespace revenant::litmus
