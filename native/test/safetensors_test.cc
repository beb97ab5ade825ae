#include "io/safetensors.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "common/error.h"
#include "test/harness.h"

using eliq::Error;
using eliq::ErrorCode;
using eliq::io::DType;
using eliq::io::SafetensorsFile;

namespace {

std::string file_bytes(const std::string& header, size_t data_size) {
  const uint64_t length = header.size();
  std::string bytes(8, '\0');
  std::memcpy(bytes.data(), &length, 8);
  return bytes + header + std::string(data_size, '\x01');
}

std::shared_ptr<const SafetensorsFile> parse(const std::string& bytes) {
  return SafetensorsFile::parse(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size(), "test");
}

class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "eliq-test-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = name;
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  size_t count() const {
    return static_cast<size_t>(
        std::distance(std::filesystem::directory_iterator(path_), std::filesystem::directory_iterator()));
  }

 private:
  std::string path_;
};

const std::string kTwo =
    R"({"__metadata__":{"k":"v"},"a":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},"b":{"dtype":"U8","shape":[3],"data_offsets":[8,11]}})";

// Reads every byte, so that a sanitizer or the kernel sees a tensor that reaches outside the file.
unsigned touch(const SafetensorsFile& file) {
  unsigned sum = 0;
  for (const auto& [name, tensor] : file.tensors()) {
    for (size_t i = 0; i < tensor.bytes; ++i) sum += tensor.data[i];
  }
  return sum;
}

}  // namespace

TEST("safetensors: written files are read back, of every type, empty and scalar tensors among them") {
  const Folder folder;
  const std::string path = folder / "model.safetensors";
  const std::vector<uint8_t> data = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
  eliq::io::write_safetensors(path,
                              {{"f32", DType::kF32, {2, 2}, data.data()},
                               {"u8", DType::kU8, {3}, data.data()},
                               {"f16", DType::kF16, {1, 2}, data.data()},
                               {"bf16", DType::kBF16, {}, data.data()},
                               {"empty", DType::kF32, {4, 0, 2}, nullptr},
                               {"i64 \"\n\xC3\xA9", DType::kI64, {2}, data.data()}},
                              {{"source", "test\t"}});
  const auto file = SafetensorsFile::open(path);
  EXPECT_EQ(file->tensors().size(), size_t{6});
  EXPECT_EQ(file->metadata().at("source"), "test\t");
  EXPECT(file->at("f32").shape == (std::vector<int64_t>{2, 2}));
  EXPECT(file->at("f32").dtype == DType::kF32);
  EXPECT_EQ(std::memcmp(file->at("f32").data, data.data(), 16), 0);
  EXPECT_EQ(file->at("bf16").bytes, size_t{2});
  EXPECT_EQ(file->at("empty").bytes, size_t{0});
  EXPECT_EQ(std::memcmp(file->at("i64 \"\n\xC3\xA9").data, data.data(), 16), 0);
  EXPECT(file->has("u8"));
  EXPECT_ERROR(file->at("missing"), ErrorCode::kModelCorrupt);
}

TEST("safetensors: writing replaces the old file at once and leaves nothing behind when it fails") {
  const Folder folder;
  const std::string path = folder / "w";
  const uint8_t one = 1;
  const uint8_t two = 2;
  eliq::io::write_safetensors(path, {{"x", DType::kU8, {1}, &one}}, {});
  const auto old = SafetensorsFile::open(path);
  eliq::io::write_safetensors(path, {{"x", DType::kU8, {1}, &two}}, {});
  EXPECT_EQ(old->at("x").data[0], 1);  // the mapped old file lives on
  EXPECT_EQ(SafetensorsFile::open(path)->at("x").data[0], 2);
  std::filesystem::create_directory(folder / "taken");
  EXPECT_ERROR(eliq::io::write_safetensors(folder / "taken", {{"x", DType::kU8, {1}, &one}}, {}), ErrorCode::kIo);
  EXPECT_ERROR(eliq::io::write_safetensors(folder / "no/such", {}, {}), ErrorCode::kIo);
  EXPECT_EQ(folder.count(), size_t{2});
  using Sources = std::vector<eliq::io::TensorSource>;
  for (const Sources& bad : {Sources{{"x", DType::kU8, {-1}, &one}}, Sources{{"__metadata__", DType::kU8, {1}, &one}},
                             Sources{{"\xFF", DType::kU8, {1}, &one}},
                             Sources{{"x", DType::kU8, {1}, &one}, {"x", DType::kU8, {1}, &one}}}) {
    EXPECT_ERROR(eliq::io::write_safetensors(path, bad, {}), ErrorCode::kInvalidArgument);
  }
}

TEST("safetensors: files that are not there, not files, or too short") {
  const Folder folder;
  EXPECT_ERROR(SafetensorsFile::open(folder / "missing"), ErrorCode::kModelNotFound);
  EXPECT_ERROR(SafetensorsFile::open(folder / ""), ErrorCode::kIo);
  for (const size_t size : {0, 1, 7, 8, 9}) {
    std::ofstream(folder / "short") << std::string(size, '\0');
    EXPECT_ERROR(SafetensorsFile::open(folder / "short"), ErrorCode::kModelCorrupt);
  }
}

TEST("safetensors: sound headers") {
  EXPECT_EQ(parse(file_bytes(kTwo, 11))->metadata().at("k"), "v");
  EXPECT_EQ(parse(file_bytes(kTwo + "   ", 11))->at("b").data[2], 1);
  EXPECT(parse(file_bytes("{}", 0))->tensors().empty());
  EXPECT_EQ(touch(*parse(file_bytes(kTwo, 11))), 11u);
  // Empty tensors may stand anywhere between others.
  EXPECT_EQ(
      parse(
          file_bytes(
              R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"F32","shape":[0],"data_offsets":[1,1]},)"
              R"("c":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}})",
              2))
          ->tensors()
          .size(),
      size_t{3});
}

TEST("safetensors: every fault of a header is Error(kModelCorrupt)") {
  const auto one = [](const std::string& dtype, const std::string& shape, const std::string& offsets) {
    return R"({"a":{"dtype":)" + dtype + R"(,"shape":)" + shape + R"(,"data_offsets":)" + offsets + "}}";
  };
  EXPECT_EQ(parse(file_bytes(one("\"F32\"", "[2]", "[0,8]"), 8))->at("a").bytes, size_t{8});
  const std::string f32 = "\"F32\"";
  for (
      const std::string& header : {
          one("\"F64\"", "[1]", "[0,8]"),
          one("\"f32\"", "[2]", "[0,8]"),
          one("32", "[2]", "[0,8]"),
          one(f32, "[-2]", "[0,8]"),
          one(f32, "[2.0]", "[0,8]"),
          one(f32, "2", "[0,8]"),
          one(f32, "[\"2\"]", "[0,8]"),
          one(f32, "[3]", "[0,8]"),
          one(f32, "[2]", "[0,9]"),
          one(f32, "[2]", "[1,9]"),
          one(f32, "[2]", "[8,0]"),
          one(f32, "[2]", "[-8,0]"),
          one(f32, "[2]", "[0]"),
          one(f32, "[2]", "[0,8,8]"),
          one(f32, "[1]", "[0,4]"),
          one(f32, "[1]", "[4,8]"),
          one(f32, "[2]", "[0,1e1]"),
          one(f32, "[4611686018427387904,2]", "[0,8]"),
          one(f32, "[4611686018427387904,4]", "[0,0]"),
          one(f32, "[4611686018427387904,4,0]", "[0,0]"),
          one(f32, "[9223372036854775807]", "[0,8]"),
          one(f32, "[99999999999999999999]", "[0,8]"),
          one(f32, "[2,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]", "[0,8]"),
          std::string(R"({"a":{"dtype":"F32","shape":[2]}})"),
          std::string(R"({"a":[0,8]})"),
          std::string(R"([])"),
          std::string(R"( {})"),
          std::string(R"({"__metadata__":{"k":1}})"),
          std::string(R"({"__metadata__":"k"})"),
          R"({"a":{"dtype":"U8","shape":[5],"data_offsets":[0,5]},"b":{"dtype":"U8","shape":[5],"data_offsets":[3,8]}})" +
              std::string(),
          R"({"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},"b":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}})" +
              std::string(),
          R"({"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8]},"b":{"dtype":"U8","shape":[0],"data_offsets":[4,4]}})" +
              std::string(),
          R"({"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8]},"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8]}})" +
              std::string(),
      }) {
    EXPECT_ERROR(parse(file_bytes(header, 8)), ErrorCode::kModelCorrupt);
  }
  EXPECT_ERROR(parse(file_bytes(kTwo, 10)), ErrorCode::kModelCorrupt);
  EXPECT_ERROR(parse(file_bytes(kTwo, 12)), ErrorCode::kModelCorrupt);
}

TEST("safetensors: a header length beyond the file or 100 MB is refused before anything is allocated") {
  for (const uint64_t length :
       {uint64_t{3}, uint64_t{100'000'001}, uint64_t{1} << 40, ~uint64_t{0}, ~uint64_t{0} - 7}) {
    std::string bytes = file_bytes("{}", 0);
    std::memcpy(bytes.data(), &length, 8);
    EXPECT_ERROR(parse(bytes), ErrorCode::kModelCorrupt);
  }
}

TEST("safetensors: 40,000 mutated files are sound or Error(kModelCorrupt)") {
  std::mt19937_64 random(20240611);
  const auto below = [&](size_t bound) { return static_cast<size_t>(random() % bound); };
  const std::vector<std::string> pieces = {"[",
                                           "]",
                                           "{",
                                           "}",
                                           ",",
                                           ":",
                                           "\"",
                                           "-",
                                           "9",
                                           "0",
                                           "1e9",
                                           "null",
                                           "18446744073709551616",
                                           "9223372036854775807",
                                           "\"F16\"",
                                           "\"dtype\"",
                                           "\"shape\"",
                                           "\\u0000",
                                           "\xFF",
                                           "[[[[["};
  int sound = 0;
  for (int round = 0; round < 40'000; ++round) {
    std::string header = kTwo;
    for (size_t edits = 1 + below(4); edits > 0; --edits) {
      const size_t at = below(header.size());
      switch (below(5)) {
        case 0:
          header[at] = static_cast<char>(random());
          break;
        case 1:
          header.erase(at, 1 + below(6));
          break;
        case 2:
          header.insert(at, pieces[below(pieces.size())]);
          break;
        case 3:
          if (const size_t digit = header.find_first_of("0123456789", at); digit != std::string::npos) {
            header[digit] = static_cast<char>('0' + below(10));
          }
          break;
        default:
          header.insert(at, header.substr(below(header.size()), below(40)));
      }
      if (header.empty()) header = "{";
    }
    std::string bytes = file_bytes(header, below(4) == 0 ? below(20) : 11);
    if (below(16) == 0) bytes[below(8)] = static_cast<char>(random());
    if (below(16) == 0) bytes.resize(below(bytes.size() + 1));
    // An exact heap block, so that a read past the end is one past the block.
    const std::vector<uint8_t> block(bytes.begin(), bytes.end());
    try {
      touch(*SafetensorsFile::parse(block.data(), block.size(), "mutated"));
      ++sound;
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kModelCorrupt) {
        EXPECT_EQ(std::string(error.what()), "Error(kModelCorrupt)");
        return;
      }
    }
  }
  EXPECT(sound > 100);  // the mutations reach past the parser's first checks
  EXPECT(sound < 30'000);
}
