#include "training/row_store.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "common/error.h"
#include "training/fingerprint.h"

namespace eliq::training {
namespace {

constexpr char kMagic[8] = {'E', 'L', 'I', 'Q', 'R', 'O', 'W', 'S'};
constexpr uint32_t kVersion = 1;
constexpr uint32_t kRowMark = 0x57524c45;  // "ELRW"
constexpr uint32_t kLargestSide = 1 << 16;

struct FileHeader {
  char magic[8];
  uint32_t version;
  uint32_t cell_bytes;
  uint64_t fingerprint;
  uint64_t reserved;
};
static_assert(sizeof(FileHeader) == 32);

struct RowHeader {
  uint32_t mark;
  uint32_t height;
  uint32_t width;
  uint32_t reserved;
  uint64_t checksum;
};
static_assert(sizeof(RowHeader) == 24);

Error io_error(const std::string& path, const char* action) {
  return Error(ErrorCode::kIo,
               std::string("Could not ") + action + " the feature cache " + path + ": " + std::strerror(errno) + ".");
}

// false: the file ends before `bytes` were read.
bool read_at(int file, void* to, size_t bytes, uint64_t offset, const std::string& path) {
  auto* at = static_cast<uint8_t*>(to);
  while (bytes > 0) {
    const ssize_t count = pread(file, at, bytes, static_cast<off_t>(offset));
    if (count == 0) return false;
    if (count < 0) {
      if (errno == EINTR) continue;
      throw io_error(path, "read");
    }
    at += count;
    offset += static_cast<uint64_t>(count);
    bytes -= static_cast<size_t>(count);
  }
  return true;
}

// false, with errno set: not all of it could be written.
bool write_at(int file, const void* from, size_t bytes, uint64_t offset) {
  const auto* at = static_cast<const uint8_t*>(from);
  while (bytes > 0) {
    const ssize_t count = pwrite(file, at, bytes, static_cast<off_t>(offset));
    if (count < 0) {
      if (errno == EINTR) continue;
      return false;
    }
    at += count;
    offset += static_cast<uint64_t>(count);
    bytes -= static_cast<size_t>(count);
  }
  return true;
}

uint64_t checksum(const void* cells, size_t bytes) { return Fingerprint().add(cells, bytes).value(); }

}  // namespace

RowStore::RowStore(const std::string& path, uint64_t fingerprint, size_t cell_bytes)
    : path_(path), cell_bytes_(cell_bytes) {
  if (path_.empty()) return;
  file_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (file_ < 0) throw io_error(path_, "open");
  try {
    open(fingerprint);
  } catch (...) {
    ::close(file_);
    throw;
  }
}

RowStore::~RowStore() {
  if (file_ >= 0) ::close(file_);
}

size_t RowStore::bytes(int64_t row) const {
  const fusion::Grid cells = grid(row);
  return static_cast<size_t>(cells.height * cells.width) * cell_bytes_;
}

void RowStore::open(uint64_t fingerprint) {
  // Two runs that append to one file would tear each other's rows. File systems without locks are taken on trust.
  if (flock(file_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
    throw Error(ErrorCode::kInvalidArgument,
                "The feature cache " + path_ + " is in use by another run; wait for it or name another file.");
  struct stat status{};
  if (fstat(file_, &status) != 0) throw io_error(path_, "inspect");
  const auto size = static_cast<uint64_t>(status.st_size);
  FileHeader wanted{{}, kVersion, static_cast<uint32_t>(cell_bytes_), fingerprint, 0};
  std::memcpy(wanted.magic, kMagic, sizeof(kMagic));
  FileHeader found{};
  const size_t there = static_cast<size_t>(std::min<uint64_t>(size, sizeof(found)));
  read_at(file_, &found, there, 0, path_);
  if (std::memcmp(found.magic, kMagic, std::min(there, sizeof(kMagic))) != 0)
    throw Error(ErrorCode::kInvalidArgument, path_ + " is not a feature cache of eliq; name another file.");
  if (there == sizeof(found) && std::memcmp(&found, &wanted, sizeof(found)) != 0)
    throw Error(
        ErrorCode::kInvalidArgument,
        "The feature cache " + path_ +
            " was made with other weights, another input size or another version; delete it or name another file.");
  if (there < sizeof(found) && (ftruncate(file_, 0) != 0 || !write_at(file_, &wanted, sizeof(wanted), 0)))
    throw io_error(path_, "write");
  end_ = sizeof(wanted);
  if (there == sizeof(found)) scan(size);
}

void RowStore::scan(uint64_t file_size) {
  RowHeader header{};
  while (end_ + sizeof(header) <= file_size && read_at(file_, &header, sizeof(header), end_, path_)) {
    if (header.mark != kRowMark || header.height == 0 || header.width == 0 || header.height > kLargestSide ||
        header.width > kLargestSide)
      break;
    const uint64_t cells = uint64_t{header.height} * header.width * cell_bytes_;
    if (end_ + sizeof(header) + cells > file_size) break;
    rows_.push_back({{header.height, header.width}, end_ + sizeof(header), {}});
    end_ += sizeof(header) + cells;
  }
  // A kill can only tear what was written last; its length may be right already where a crash of the machine lost data.
  if (!rows_.empty()) {
    std::vector<uint8_t> last(bytes(size() - 1));
    read(size() - 1, last.data());
    read_at(file_, &header, sizeof(header), rows_.back().offset - sizeof(header), path_);
    if (checksum(last.data(), last.size()) != header.checksum) {
      end_ = rows_.back().offset - sizeof(header);
      rows_.pop_back();
    }
  }
  if (end_ < file_size && ftruncate(file_, static_cast<off_t>(end_)) != 0) throw io_error(path_, "shorten");
  reused_ = size();
}

void RowStore::append(fusion::Grid grid, const void* cells) {
  const size_t bytes = static_cast<size_t>(grid.height * grid.width) * cell_bytes_;
  if (file_ < 0) {
    const auto* from = static_cast<const uint8_t*>(cells);
    rows_.push_back({grid, 0, std::vector<uint8_t>(from, from + bytes)});
    return;
  }
  const RowHeader header{kRowMark, static_cast<uint32_t>(grid.height), static_cast<uint32_t>(grid.width), 0,
                         checksum(cells, bytes)};
  if (!write_at(file_, &header, sizeof(header), end_) || !write_at(file_, cells, bytes, end_ + sizeof(header))) {
    const Error error = io_error(path_, "write");
    // Best effort: a torn row is cut off at the next opening in any case.
    [[maybe_unused]] const int ignored = ftruncate(file_, static_cast<off_t>(end_));
    throw error;
  }
  rows_.push_back({grid, end_ + sizeof(header), {}});
  end_ += sizeof(header) + bytes;
}

void RowStore::read(int64_t row, void* to) const {
  const Row& entry = rows_.at(static_cast<size_t>(row));
  if (file_ < 0) {
    std::memcpy(to, entry.in_memory.data(), entry.in_memory.size());
  } else if (!read_at(file_, to, bytes(row), entry.offset, path_)) {
    throw Error(ErrorCode::kIo,
                "The feature cache " + path_ + " became shorter while it was in use; delete it and start again.");
  }
}

}  // namespace eliq::training
