#include "io/safetensors.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <limits>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "common/error.h"
#include "io/json.h"
#include "io/utf8.h"

namespace eliq::io {

static_assert(std::endian::native == std::endian::little, "safetensors is little-endian and tensors are used in place");

namespace {

constexpr size_t kLengthBytes = 8;
constexpr uint64_t kMaxHeader = 100'000'000;  // the format's own limit
constexpr size_t kMaxRank = 16;
constexpr const char* kMetadata = "__metadata__";

[[noreturn]] void corrupt(const std::string& what, const std::string& fault) {
  throw Error(ErrorCode::kModelCorrupt,
              what + " is not a sound safetensors file: " + fault + ". Fetch or write the file again.");
}

[[noreturn]] void io_failure(const std::string& path, const std::string& action) {
  throw Error(ErrorCode::kIo, path + " cannot be " + action + ": " + std::strerror(errno) + ".");
}

std::optional<DType> dtype_from_name(std::string_view name) {
  for (const DType dtype : {DType::kF32, DType::kF16, DType::kBF16, DType::kI64, DType::kU8, DType::kI8}) {
    if (name == dtype_name(dtype)) return dtype;
  }
  return std::nullopt;
}

// Bytes of a tensor, or nothing if a side is negative or the size does not fit. Zero sides do not hide an overflow of
// the others: whoever computes strides multiplies those.
std::optional<size_t> byte_size(const std::vector<int64_t>& shape, DType dtype) {
  constexpr uint64_t kMax = std::numeric_limits<int64_t>::max();
  uint64_t bytes = dtype_size(dtype);
  bool empty = false;
  for (const int64_t side : shape) {
    if (side < 0) return std::nullopt;
    if (side == 0) {
      empty = true;
    } else if (bytes > kMax / static_cast<uint64_t>(side)) {
      return std::nullopt;
    } else {
      bytes *= static_cast<uint64_t>(side);
    }
  }
  return empty ? 0 : static_cast<size_t>(bytes);
}

struct Extent {
  uint64_t begin;
  uint64_t end;
};

// One header entry; `buffer` is the data after the header.
std::pair<TensorView, Extent> read_entry(const std::string& name, const Json& entry, const uint8_t* buffer,
                                         size_t buffer_size, const std::string& what) {
  const std::string tensor = "tensor \"" + clip(name) + "\"";
  const std::string& dtype_text = entry.at("dtype").as_string();
  const std::optional<DType> dtype = dtype_from_name(dtype_text);
  if (!dtype)
    corrupt(what, tensor + " has the data type \"" + clip(dtype_text) + "\"; F32, F16, BF16, I64, U8 and I8 are read");
  const std::vector<Json>& sides = entry.at("shape").as_array();
  if (sides.size() > kMaxRank) corrupt(what, tensor + " has more than 16 dimensions");
  std::vector<int64_t> shape;
  for (const Json& side : sides) shape.push_back(side.as_integer());
  const std::optional<size_t> bytes = byte_size(shape, *dtype);
  if (!bytes) corrupt(what, tensor + " has an impossible shape");
  const std::vector<Json>& offsets = entry.at("data_offsets").as_array();
  if (offsets.size() != 2) corrupt(what, tensor + " needs two data offsets");
  const int64_t begin = offsets[0].as_integer();
  const int64_t end = offsets[1].as_integer();
  if (begin < 0 || end < begin || static_cast<uint64_t>(end) > buffer_size) {
    corrupt(what, tensor + " lies outside the file");
  }
  if (static_cast<uint64_t>(end - begin) != *bytes) corrupt(what, tensor + " has another size than its shape");
  return {TensorView{*dtype, std::move(shape), buffer + begin, *bytes},
          Extent{static_cast<uint64_t>(begin), static_cast<uint64_t>(end)}};
}

// The format allows neither overlaps nor holes nor bytes after the last tensor.
void check_layout(std::vector<Extent> extents, size_t buffer_size, const std::string& what) {
  std::sort(extents.begin(), extents.end(),
            [](const Extent& a, const Extent& b) { return std::pair(a.begin, a.end) < std::pair(b.begin, b.end); });
  uint64_t cursor = 0;
  for (const Extent& extent : extents) {
    if (extent.begin != cursor)
      corrupt(what, extent.begin < cursor ? "tensors overlap" : "there is a hole between tensors");
    cursor = extent.end;
  }
  if (cursor != buffer_size) corrupt(what, "its data are longer than its tensors");
}

// A mapped file that closes itself.
class Mapping {
 public:
  explicit Mapping(const std::string& path) {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) {
      if (errno == ENOENT || errno == ENOTDIR) {
        throw Error(ErrorCode::kModelNotFound, path + " does not exist. Check the model's path.");
      }
      io_failure(path, "opened");
    }
    struct stat status = {};
    const bool known = ::fstat(file, &status) == 0;
    if (known && S_ISREG(status.st_mode)) {
      size_ = static_cast<size_t>(status.st_size);
      if (size_ != 0) address_ = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file, 0);
    } else {
      errno = known ? EINVAL : errno;
      address_ = MAP_FAILED;
    }
    const int error = errno;
    ::close(file);
    if (address_ == MAP_FAILED) {
      errno = error;
      io_failure(path, "mapped");
    }
  }
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  ~Mapping() {
    if (address_ != nullptr && address_ != MAP_FAILED) ::munmap(address_, size_);
  }
  void* address() const { return address_; }
  size_t size() const { return size_; }
  void* release() { return std::exchange(address_, nullptr); }

 private:
  void* address_ = nullptr;
  size_t size_ = 0;
};

void append_json_string(std::string& out, const std::string& text) {
  if (valid_utf8_prefix(text) != text.size()) {
    throw Error(ErrorCode::kInvalidArgument, "A tensor name or metadata text to be written is not UTF-8.");
  }
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<uint8_t>(c) < 0x20) {
      char escape[8];
      std::snprintf(escape, sizeof(escape), "\\u%04x", c);
      out += escape;
    } else {
      out += c;
    }
  }
  out += '"';
}

size_t checked_byte_size(const TensorSource& tensor) {
  const std::optional<size_t> bytes = byte_size(tensor.shape, tensor.dtype);
  if (!bytes || tensor.shape.size() > kMaxRank) {
    throw Error(ErrorCode::kInvalidArgument, "Tensor \"" + tensor.name + "\" has a shape that cannot be written.");
  }
  return *bytes;
}

std::string make_header(const std::vector<TensorSource>& tensors, const std::map<std::string, std::string>& metadata) {
  std::string header = "{";
  if (!metadata.empty()) {
    append_json_string(header, kMetadata);
    header += ":{";
    for (const auto& [key, text] : metadata) {
      if (header.back() != '{') header += ',';
      append_json_string(header, key);
      header += ':';
      append_json_string(header, text);
    }
    header += '}';
  }
  std::set<std::string> names = {kMetadata};
  uint64_t offset = 0;
  for (const TensorSource& tensor : tensors) {
    if (!names.insert(tensor.name).second) {
      throw Error(ErrorCode::kInvalidArgument, "The tensor name \"" + tensor.name + "\" is reserved or given twice.");
    }
    const size_t bytes = checked_byte_size(tensor);
    if (header.back() != '{') header += ',';
    append_json_string(header, tensor.name);
    header += std::string(":{\"dtype\":\"") + dtype_name(tensor.dtype) + "\",\"shape\":[";
    for (const int64_t side : tensor.shape) {
      if (header.back() != '[') header += ',';
      header += std::to_string(side);
    }
    header += "],\"data_offsets\":[" + std::to_string(offset) + "," + std::to_string(offset + bytes) + "]}";
    offset += bytes;
  }
  header += '}';
  header.resize((header.size() + 7) / 8 * 8, ' ');
  if (header.size() > kMaxHeader)
    throw Error(ErrorCode::kInvalidArgument, "Too many tensors for one safetensors file.");
  return header;
}

// Written under a temporary name; appears under its own only after commit().
class AtomicFile {
 public:
  explicit AtomicFile(const std::string& path) : path_(path) {
    static std::atomic<unsigned> counter{0};
    temporary_ = path + ".tmp-" + std::to_string(::getpid()) + "-" + std::to_string(counter++);
    file_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (file_ < 0) io_failure(temporary_, "created");
  }
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  ~AtomicFile() {
    if (file_ >= 0) ::close(file_);
    if (!committed_) ::unlink(temporary_.c_str());
  }

  void write(const void* data, size_t size) {
    const char* bytes = static_cast<const char*>(data);
    while (size > 0) {
      const ssize_t written = ::write(file_, bytes, std::min<size_t>(size, 1 << 30));
      if (written < 0) {
        if (errno == EINTR) continue;
        io_failure(temporary_, "written");
      }
      bytes += written;
      size -= static_cast<size_t>(written);
    }
  }

  void commit() {
    if (::fsync(file_) != 0) io_failure(temporary_, "flushed to disk");
    if (::close(std::exchange(file_, -1)) != 0) io_failure(temporary_, "closed");
    if (::rename(temporary_.c_str(), path_.c_str()) != 0) io_failure(path_, "replaced");
    committed_ = true;
    // The rename itself is durable once the folder is flushed; a file system that cannot do that is no failure.
    const size_t slash = path_.rfind('/');
    const std::string folder = slash == std::string::npos ? "." : path_.substr(0, slash + 1);
    if (const int directory = ::open(folder.c_str(), O_RDONLY | O_CLOEXEC); directory >= 0) {
      ::fsync(directory);
      ::close(directory);
    }
  }

 private:
  std::string path_;
  std::string temporary_;
  int file_ = -1;
  bool committed_ = false;
};

}  // namespace

size_t dtype_size(DType dtype) {
  switch (dtype) {
    case DType::kF32:
      return 4;
    case DType::kF16:
    case DType::kBF16:
      return 2;
    case DType::kI64:
      return 8;
    case DType::kU8:
    case DType::kI8:
      return 1;
  }
  return 0;
}

const char* dtype_name(DType dtype) {
  switch (dtype) {
    case DType::kF32:
      return "F32";
    case DType::kF16:
      return "F16";
    case DType::kBF16:
      return "BF16";
    case DType::kI64:
      return "I64";
    case DType::kU8:
      return "U8";
    case DType::kI8:
      return "I8";
  }
  return "";
}

std::shared_ptr<const SafetensorsFile> SafetensorsFile::open(const std::string& path) {
  Mapping mapping(path);
  std::shared_ptr<SafetensorsFile> file(new SafetensorsFile);
  file->read(static_cast<const uint8_t*>(mapping.address()), mapping.size(), path);
  file->mapping_size_ = mapping.size();
  file->mapping_ = mapping.release();
  return file;
}

std::shared_ptr<const SafetensorsFile> SafetensorsFile::parse(const uint8_t* data, size_t size,
                                                              const std::string& what) {
  std::shared_ptr<SafetensorsFile> file(new SafetensorsFile);
  file->read(data, size, what);
  return file;
}

SafetensorsFile::~SafetensorsFile() {
  if (mapping_ != nullptr) ::munmap(mapping_, mapping_size_);
}

void SafetensorsFile::read(const uint8_t* data, size_t size, const std::string& what) {
  what_ = what;
  if (size < kLengthBytes) corrupt(what, "it is shorter than 8 bytes");
  uint64_t header_size = 0;
  std::memcpy(&header_size, data, kLengthBytes);
  if (header_size > kMaxHeader) corrupt(what, "its header is longer than 100 MB");
  if (header_size > size - kLengthBytes) corrupt(what, "its header is longer than the file");
  const std::string_view text(reinterpret_cast<const char*>(data) + kLengthBytes, header_size);
  if (text.empty() || text.front() != '{') corrupt(what, "its header does not start with '{'");
  // Tensor entries nest three deep.
  const Json header = Json::parse(text, what, 4);
  const uint8_t* buffer = data + kLengthBytes + header_size;
  const size_t buffer_size = size - kLengthBytes - header_size;
  std::vector<Extent> extents;
  for (const auto& [name, entry] : header.as_object()) {
    if (name == kMetadata) {
      for (const auto& [key, text_value] : entry.as_object()) metadata_[key] = text_value.as_string();
      continue;
    }
    auto [view, extent] = read_entry(name, entry, buffer, buffer_size, what);
    tensors_.emplace(name, std::move(view));
    extents.push_back(extent);
  }
  check_layout(std::move(extents), buffer_size, what);
}

const TensorView& SafetensorsFile::at(const std::string& name) const {
  const auto found = tensors_.find(name);
  if (found == tensors_.end()) {
    throw Error(ErrorCode::kModelCorrupt, what_ + " lacks the tensor \"" + clip(name) + "\".");
  }
  return found->second;
}

void write_safetensors(const std::string& path, const std::vector<TensorSource>& tensors,
                       const std::map<std::string, std::string>& metadata) {
  const std::string header = make_header(tensors, metadata);
  const uint64_t length = header.size();
  AtomicFile file(path);
  file.write(&length, kLengthBytes);
  file.write(header.data(), header.size());
  for (const TensorSource& tensor : tensors) file.write(tensor.data, checked_byte_size(tensor));
  file.commit();
}

}  // namespace eliq::io
