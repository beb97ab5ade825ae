#include "io/json.h"

#include <limits>
#include <string>

#include "common/error.h"
#include "test/harness.h"

using eliq::Error;
using eliq::ErrorCode;
using eliq::io::Json;

namespace {

Json parse(const std::string& text) { return Json::parse(text, "test"); }

std::string message_of(const std::string& text) {
  try {
    parse(text);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST("json: values of every kind") {
  const Json json = parse(R"( {"a": [1, -2.5e1, true, false, null, "x"], "b": {"c": {}}, "": 0, "e": []} )");
  const auto& a = json.at("a").as_array();
  REQUIRE(a.size() == 6);
  EXPECT_EQ(a[0].as_integer(), 1);
  EXPECT_EQ(a[0].as_number(), 1.0);
  EXPECT_EQ(a[1].as_number(), -25.0);
  EXPECT(a[2].as_bool());
  EXPECT(!a[3].as_bool());
  EXPECT(a[4].is_null());
  EXPECT_EQ(a[5].as_string(), "x");
  EXPECT(json.at("b").at("c").as_object().empty());
  EXPECT_EQ(json.at("").as_integer(), 0);
  EXPECT_EQ(json.at("e").as_array().size(), size_t{0});
}

TEST("json: integers keep 64 bits and larger ones are numbers") {
  EXPECT_EQ(parse("9223372036854775807").as_integer(), std::numeric_limits<int64_t>::max());
  EXPECT_EQ(parse("-9223372036854775808").as_integer(), std::numeric_limits<int64_t>::min());
  EXPECT_EQ(parse("9223372036854775808").as_number(), 9223372036854775808.0);
  EXPECT_ERROR(parse("9223372036854775808").as_integer(), ErrorCode::kModelCorrupt);
  EXPECT_ERROR(parse("1.0").as_integer(), ErrorCode::kModelCorrupt);
  EXPECT_ERROR(parse("1e999"), ErrorCode::kModelCorrupt);
}

TEST("json: escapes and UTF-8") {
  EXPECT_EQ(parse(R"("\"\\\/\b\f\n\r\t")").as_string(), "\"\\/\b\f\n\r\t");
  EXPECT_EQ(parse(R"("\u0041\u00e9\u20AC\ud83d\ude00")").as_string(), "A\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80");
  EXPECT_EQ(parse("\"\xF0\x9F\x98\x80\"").as_string(), "\xF0\x9F\x98\x80");
  for (const char* text :
       {"\"\\ud83d\"", "\"\\ude00\"", "\"\\ud83d\\u0041\"", "\"\\u12\"", "\"\\u+123\"", "\"\\x\"", "\"a", "\"\\",
        "\"\xC0\x80\"", "\"\xED\xA0\x80\"", "\"\xF4\x90\x80\x80\"", "\"\xFF\"", "\"\xE2\x82\"", "\"\n\""}) {
    EXPECT_ERROR(parse(text), ErrorCode::kModelCorrupt);
  }
}

TEST("json: everything else is refused") {
  for (const char* text : {"",         " ",          "{",     "}",
                           "[1,]",     "[,1]",       "[1 2]", "{\"a\"}",
                           "{\"a\":}", "{\"a\":1,}", "{a:1}", "{\"a\":1 \"b\":2}",
                           "01",       "-",          "+1",    ".5",
                           "1.",       "1e",         "1e+",   "0x1",
                           "NaN",      "Infinity",   "tru",   "nulll",
                           "1 2",      "'a'",        "/**/1", "\xEF\xBB\xBF{}"}) {
    EXPECT_ERROR(parse(text), ErrorCode::kModelCorrupt);
  }
  EXPECT_ERROR(parse("{\"a\":1,\"a\":1}"), ErrorCode::kModelCorrupt);
  EXPECT_ERROR(parse("{\"a\":1,\"\\u0061\":1}"), ErrorCode::kModelCorrupt);
}

TEST("json: depth and number of values are bounded") {
  EXPECT_EQ(Json::parse("[[1]]", "test", 2).as_array().size(), size_t{1});
  EXPECT_ERROR(Json::parse("[[1]]", "test", 1), ErrorCode::kModelCorrupt);
  EXPECT_ERROR(parse(std::string(1'000'000, '[')), ErrorCode::kModelCorrupt);
  std::string many = "[0";
  for (int i = 0; i < 1'000'000; ++i) many += ",0";
  EXPECT_ERROR(parse(many + "]"), ErrorCode::kModelCorrupt);
}

TEST("json: messages name the byte and the path") {
  EXPECT(message_of("{\"a\": tru}").find("byte 6") != std::string::npos);
  const Json json = Json::parse(R"({"backbone": {"stages": [0, {"kernel": "3"}]}})", "config.json");
  try {
    json.at("backbone").at("stages").as_array()[1].at("kernel").as_integer();
    EXPECT(false);
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()).find("config.json: backbone.stages[1].kernel must be an integer"), size_t{0});
  }
  EXPECT_ERROR(json.at("fusion"), ErrorCode::kModelCorrupt);
  EXPECT_EQ(json.integer_or("x", 7), 7);
  EXPECT_EQ(json.string_or("x", "y"), "y");
  EXPECT_ERROR(json.integer_or("backbone", 7), ErrorCode::kModelCorrupt);
}
