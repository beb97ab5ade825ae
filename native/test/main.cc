// Runs every TEST, or those whose name contains the first argument; prints TAP 14.
#include <cstdio>
#include <exception>

#include "test/harness.h"

namespace eliq::test {

std::vector<Case>& cases() {
  static std::vector<Case> all;
  return all;
}

static std::vector<std::string> failures;
void record_failure(const char* file, int line, const std::string& what) {
  failures.push_back(std::string(file) + ":" + std::to_string(line) + ": " + what);
}

}  // namespace eliq::test

int main(int argc, char** argv) {
  using namespace eliq::test;
  const std::string filter = argc > 1 ? argv[1] : "";
  std::printf("TAP version 14\n");
  int count = 0;
  int failed = 0;
  for (const Case& test : cases()) {
    if (test.name.find(filter) == std::string::npos) continue;
    failures.clear();
    try {
      test.body();
    } catch (const Abandon&) {
    } catch (const std::exception& error) {
      failures.push_back(std::string("uncaught: ") + error.what());
    }
    ++count;
    if (!failures.empty()) ++failed;
    std::printf("%sok %d - %s\n", failures.empty() ? "" : "not ", count, test.name.c_str());
    for (const std::string& failure : failures) std::printf("# %s\n", failure.c_str());
    std::fflush(stdout);
  }
  std::printf("1..%d\n", count);
  return failed == 0 && count > 0 ? 0 : 1;
}
