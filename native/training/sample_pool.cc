#include "training/sample_pool.h"

#include <algorithm>
#include <map>
#include <utility>

#include "common/error.h"

namespace eliq::training {
namespace {

constexpr double kHalfLimit = 65504.0;

int64_t cells(fusion::Grid grid) { return grid.height * grid.width; }

// Positions and mask of a batch of these grids; `values` is already padded to the largest.
fusion::CellStatistics describe(torch::Tensor values, const std::vector<fusion::Grid>& grids) {
  fusion::CellStatistics batch;
  batch.values = std::move(values);
  const torch::TensorOptions options = torch::TensorOptions().dtype(batch.values.scalar_type());
  if (std::all_of(grids.begin(), grids.end(), [&](fusion::Grid grid) { return grid == grids.front(); })) {
    batch.positions = fusion::cell_positions(grids.front(), options).unsqueeze(0);
    batch.grid_height = grids.front().height;
    batch.grid_width = grids.front().width;
    return batch;
  }
  const auto images = static_cast<int64_t>(grids.size());
  const int64_t tokens = batch.values.size(1);
  batch.positions = torch::zeros({images, tokens, 2}, options);
  const torch::Tensor mask = torch::zeros({images, tokens}, torch::kBool);
  std::map<std::pair<int64_t, int64_t>, torch::Tensor> known;
  bool padded = false;
  for (int64_t i = 0; i < images; ++i) {
    const fusion::Grid grid = grids[static_cast<size_t>(i)];
    torch::Tensor& positions = known[{grid.height, grid.width}];
    if (!positions.defined()) positions = fusion::cell_positions(grid, options);
    batch.positions[i].narrow(0, 0, cells(grid)).copy_(positions);
    mask[i].narrow(0, 0, cells(grid)).fill_(true);
    padded = padded || cells(grid) < tokens;
  }
  if (padded) batch.mask = mask;
  return batch;
}

// The beginning of `memory`, which grows where it is too small, in this shape.
torch::Tensor scratch(torch::Tensor& memory, const std::vector<int64_t>& shape) {
  const int64_t count = shape[0] * shape[1] * shape[2];
  if (memory.numel() < count) memory = torch::empty({count}, memory.options());
  return memory.narrow(0, 0, count).view(shape);
}

int64_t most_cells(const std::vector<fusion::Grid>& grids) {
  int64_t most = 0;
  for (const fusion::Grid grid : grids) most = std::max(most, cells(grid));
  return most;
}

uint64_t cell_bytes(bool pixels, int64_t values) {
  return pixels ? 3 : static_cast<uint64_t>(values) * sizeof(c10::Half);
}

}  // namespace

SamplePool::SamplePool(model::Critic critic, bool keep_pixels, const std::string& cache, uint64_t fingerprint)
    : critic_(std::move(critic)),
      keep_pixels_(keep_pixels),
      values_(critic_->fusion->options().values()),
      rows_(cache, fingerprint, cell_bytes(keep_pixels, values_)) {}

void SamplePool::add(preprocess::ImageView image) {
  const preprocess::Image resized = preprocess::fit(critic_->input(), image);
  if (keep_pixels_) return rows_.append({resized.height, resized.width}, resized.data.data());
  torch::NoGradGuard no_grad;
  const fusion::CellStatistics statistics =
      critic_->statistics(preprocess::normalize(critic_->input(), resized.view()));
  if (!statistics.values.isfinite().all().item<bool>())
    throw Error(
        ErrorCode::kModelCorrupt,
        "The tower's features of an image are not finite; its weights are damaged or belong to another configuration.");
  const torch::Tensor half = statistics.values.clamp(-kHalfLimit, kHalfLimit).to(torch::kFloat16).contiguous();
  rows_.append({statistics.grid_height, statistics.grid_width}, half.data_ptr());
}

fusion::CellStatistics SamplePool::gather(const std::vector<int32_t>& samples) {
  if (samples.empty()) throw Error(ErrorCode::kInvalidArgument, "No samples were given.");
  for (const int32_t sample : samples)
    if (sample < 0 || sample >= size())
      throw Error(ErrorCode::kInvalidArgument,
                  "Sample " + std::to_string(sample) + " does not exist; there are " + std::to_string(size()) + ".");
  return keep_pixels_ ? gather_pixels(samples) : gather_cached(samples);
}

fusion::CellStatistics SamplePool::gather_cached(const std::vector<int32_t>& samples) {
  std::vector<fusion::Grid> grids;
  for (const int32_t sample : samples) grids.push_back(rows_.grid(sample));
  const int64_t tokens = most_cells(grids);
  const std::vector<int64_t> shape = {static_cast<int64_t>(samples.size()), tokens, values_};
  const torch::Tensor half = scratch(half_scratch_, shape);
  for (size_t i = 0; i < samples.size(); ++i) {
    const torch::Tensor row = half[static_cast<int64_t>(i)];
    rows_.read(samples[i], row.data_ptr());
    if (cells(grids[i]) < tokens) row.narrow(0, cells(grids[i]), tokens - cells(grids[i])).zero_();
  }
  return describe(scratch(float_scratch_, shape).copy_(half), grids);
}

torch::Tensor SamplePool::model_input(int32_t sample) const {
  std::vector<uint8_t> pixels(rows_.bytes(sample));
  rows_.read(sample, pixels.data());
  const fusion::Grid size = rows_.grid(sample);
  return preprocess::normalize(critic_->input(), {pixels.data(), size.width, size.height});
}

// Images of one size go through the tower together.
fusion::CellStatistics SamplePool::gather_pixels(const std::vector<int32_t>& samples) {
  std::map<std::pair<int64_t, int64_t>, std::vector<size_t>> by_size;
  for (size_t i = 0; i < samples.size(); ++i) {
    const fusion::Grid size = rows_.grid(samples[i]);
    by_size[{size.height, size.width}].push_back(i);
  }
  std::vector<torch::Tensor> values(samples.size());
  std::vector<fusion::Grid> grids(samples.size());
  for (const auto& [size, members] : by_size) {
    std::vector<torch::Tensor> images;
    for (const size_t i : members) images.push_back(model_input(samples[i]));
    const fusion::CellStatistics statistics = critic_->statistics(torch::cat(images));
    for (size_t k = 0; k < members.size(); ++k) {
      values[members[k]] = statistics.values[static_cast<int64_t>(k)];
      grids[members[k]] = {statistics.grid_height, statistics.grid_width};
    }
  }
  const int64_t tokens = most_cells(grids);
  for (torch::Tensor& row : values) row = torch::constant_pad_nd(row, {0, 0, 0, tokens - row.size(0)});
  return describe(torch::stack(values), grids);
}

}  // namespace eliq::training
