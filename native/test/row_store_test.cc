#include "training/row_store.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <numeric>

#include "common/error.h"
#include "test/harness.h"
#include "test/numeric.h"

namespace {

using namespace eliq;
using training::RowStore;

std::vector<uint8_t> cells(size_t bytes, uint8_t first) {
  std::vector<uint8_t> data(bytes);
  std::iota(data.begin(), data.end(), first);
  return data;
}

void fill(RowStore& store) {
  store.append({2, 3}, cells(24, 1).data());
  store.append({1, 1}, cells(4, 50).data());
  store.append({3, 1}, cells(12, 90).data());
}

void expect_rows(const RowStore& store, int64_t count) {
  const size_t sizes[] = {24, 4, 12};
  const uint8_t first[] = {1, 50, 90};
  EXPECT_EQ(store.size(), count);
  for (int64_t i = 0; i < std::min<int64_t>(count, store.size()); ++i) {
    const auto at = static_cast<size_t>(i);
    REQUIRE(store.bytes(i) == sizes[at]);
    std::vector<uint8_t> got(sizes[at]);
    store.read(i, got.data());
    EXPECT(got == cells(sizes[at], first[at]));
  }
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}
void write_file(const std::string& path, const std::string& bytes) { std::ofstream(path, std::ios::binary) << bytes; }

TEST("row store: rows come back from memory and from a file") {
  RowStore memory("", 1, 4);
  fill(memory);
  expect_rows(memory, 3);
  EXPECT_EQ(memory.reused(), 0);
  const test::TemporaryFolder folder;
  {
    RowStore file(folder / "rows", 1, 4);
    fill(file);
    expect_rows(file, 3);
    EXPECT_EQ(file.reused(), 0);
  }
  RowStore again(folder / "rows", 1, 4);
  EXPECT_EQ(again.reused(), 3);
  expect_rows(again, 3);
  EXPECT_EQ(again.grid(0).height, 2);
  EXPECT_EQ(again.grid(0).width, 3);
}

TEST("row store: wherever a kill cut the file, whole rows are kept and the run goes on") {
  const test::TemporaryFolder folder;
  {
    RowStore file(folder / "rows", 1, 4);
    fill(file);
  }
  const std::string whole = read_file(folder / "rows");
  const size_t ends[] = {32, 32 + 24 + 24, 32 + 24 + 24 + 24 + 4, whole.size()};
  for (size_t length = 0; length <= whole.size(); ++length) {
    write_file(folder / "rows", whole.substr(0, length));
    int64_t rows = 0;
    while (rows < 3 && ends[rows + 1] <= length) ++rows;
    RowStore file(folder / "rows", 1, 4);
    EXPECT_EQ(file.reused(), rows);
    EXPECT_EQ(std::filesystem::file_size(folder / "rows"), ends[rows]);  // nothing torn is left behind
    expect_rows(file, rows);
    if (rows == 2) file.append({3, 1}, cells(12, 90).data());
    if (rows == 2) expect_rows(file, 3);
  }
}

TEST("row store: a last row of the right length but with lost bytes is dropped") {
  const test::TemporaryFolder folder;
  {
    RowStore file(folder / "rows", 1, 4);
    fill(file);
  }
  std::string bytes = read_file(folder / "rows");
  bytes[bytes.size() - 3] = 0;
  write_file(folder / "rows", bytes);
  RowStore file(folder / "rows", 1, 4);
  expect_rows(file, 2);
}

TEST("row store: stale and foreign files are refused and left alone") {
  const test::TemporaryFolder folder;
  {
    RowStore file(folder / "rows", 1, 4);
    fill(file);
  }
  const std::string before = read_file(folder / "rows");
  EXPECT_ERROR(RowStore(folder / "rows", 2, 4), ErrorCode::kInvalidArgument);
  EXPECT_ERROR(RowStore(folder / "rows", 1, 8), ErrorCode::kInvalidArgument);
  EXPECT(read_file(folder / "rows") == before);
  write_file(folder / "notes.txt", "shopping list");
  EXPECT_ERROR(RowStore(folder / "notes.txt", 1, 4), ErrorCode::kInvalidArgument);
  EXPECT(read_file(folder / "notes.txt") == "shopping list");
  EXPECT_ERROR(RowStore(folder / "no/such/folder/rows", 1, 4), ErrorCode::kIo);
}

TEST("row store: a file has one user at a time") {
  const test::TemporaryFolder folder;
  RowStore first(folder / "rows", 1, 4);
  EXPECT_ERROR(RowStore(folder / "rows", 1, 4), ErrorCode::kInvalidArgument);
}

}  // namespace
