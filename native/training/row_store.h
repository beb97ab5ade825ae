// Rows of cells (statistics of a frozen tower in half precision, or resized pixels), appended one by one, in memory or
// in a file that a later run takes up again.
//
// File: 32-byte header ("ELIQROWS", version, bytes a cell, fingerprint), then rows: 24-byte header (mark, height,
// width, checksum of the cells) and height * width cells. Little-endian. Rows are only ever appended: what a killed
// process left incomplete at the end is cut off when the file is opened again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "fusion/gated_fusion.h"

namespace eliq::training {

class RowStore {
 public:
  // path "": in memory. Error(kInvalidArgument) when the file is something else or was made with another fingerprint or
  // cell size, or when another store has it open; Error(kIo) when it cannot be read or written.
  RowStore(const std::string& path, uint64_t fingerprint, size_t cell_bytes);
  ~RowStore();
  RowStore(const RowStore&) = delete;
  RowStore& operator=(const RowStore&) = delete;

  int64_t size() const { return static_cast<int64_t>(rows_.size()); }
  int64_t reused() const { return reused_; }  // rows that the file already held
  fusion::Grid grid(int64_t row) const { return rows_.at(static_cast<size_t>(row)).grid; }
  size_t bytes(int64_t row) const;

  // `cells`: grid.height * grid.width * cell_bytes bytes. Error(kIo), with the file as it was, when the disk is full.
  void append(fusion::Grid grid, const void* cells);
  // Copies the row's cells to `to`, which holds bytes(row).
  void read(int64_t row, void* to) const;

 private:
  struct Row {
    fusion::Grid grid;
    uint64_t offset = 0;             // of the cells in the file
    std::vector<uint8_t> in_memory;  // the cells when there is no file
  };
  void open(uint64_t fingerprint);
  void scan(uint64_t file_size);

  std::string path_;
  size_t cell_bytes_;
  int file_ = -1;
  uint64_t end_ = 0;
  int64_t reused_ = 0;
  std::vector<Row> rows_;
};

}  // namespace eliq::training
