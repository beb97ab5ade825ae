// A small test harness that prints TAP, so that the JavaScript runner reads native results like any others. A test is a
// TEST(name) { … } block; EXPECT* record a failure and go on, REQUIRE* end the test.
#pragma once

#include <cmath>
#include <functional>
#include <sstream>
#include <string>
#include <vector>

namespace eliq::test {

struct Case {
  std::string name;
  std::function<void()> body;
};
std::vector<Case>& cases();
struct Register {
  Register(const char* name, std::function<void()> body) { cases().push_back({name, std::move(body)}); }
};
struct Abandon {};  // thrown by REQUIRE
void record_failure(const char* file, int line, const std::string& what);

template <typename A, typename B>
std::string unequal(const char* a_text, const char* b_text, const A& a, const B& b) {
  std::ostringstream out;
  out << a_text << " == " << b_text << " (" << a << " vs " << b << ")";
  return out.str();
}

}  // namespace eliq::test

#define ELIQ_CONCAT_(a, b) a##b
#define ELIQ_CONCAT(a, b) ELIQ_CONCAT_(a, b)
#define TEST(name)                                                                                    \
  static void ELIQ_CONCAT(test_, __LINE__)();                                                         \
  static ::eliq::test::Register ELIQ_CONCAT(register_, __LINE__)(name, ELIQ_CONCAT(test_, __LINE__)); \
  static void ELIQ_CONCAT(test_, __LINE__)()
#define EXPECT(condition)                                                           \
  do {                                                                              \
    if (!(condition)) ::eliq::test::record_failure(__FILE__, __LINE__, #condition); \
  } while (0)
#define REQUIRE(condition)                                          \
  do {                                                              \
    if (!(condition)) {                                             \
      ::eliq::test::record_failure(__FILE__, __LINE__, #condition); \
      throw ::eliq::test::Abandon{};                                \
    }                                                               \
  } while (0)
#define EXPECT_EQ(a, b)                                                                                       \
  do {                                                                                                        \
    const auto a_ = (a); /* a copy: the operand may live in a temporary */                                    \
    const auto b_ = (b);                                                                                      \
    if (!(a_ == b_)) ::eliq::test::record_failure(__FILE__, __LINE__, ::eliq::test::unequal(#a, #b, a_, b_)); \
  } while (0)
#define EXPECT_NEAR(a, b, tolerance)                                                           \
  do {                                                                                         \
    const double a_ = (a);                                                                     \
    const double b_ = (b);                                                                     \
    if (!(std::abs(a_ - b_) <= (tolerance)))                                                   \
      ::eliq::test::record_failure(__FILE__, __LINE__, ::eliq::test::unequal(#a, #b, a_, b_)); \
  } while (0)
// The statement throws eliq::Error with this code.
#define EXPECT_ERROR(statement, expected)                                                              \
  do {                                                                                                 \
    bool thrown_ = false;                                                                              \
    try {                                                                                              \
      statement;                                                                                       \
    } catch (const ::eliq::Error& error_) {                                                            \
      thrown_ = true;                                                                                  \
      if (error_.code() != (expected))                                                                 \
        ::eliq::test::record_failure(__FILE__, __LINE__, std::string("wrong code: ") + error_.what()); \
    }                                                                                                  \
    if (!thrown_) ::eliq::test::record_failure(__FILE__, __LINE__, #statement " throws");              \
  } while (0)
